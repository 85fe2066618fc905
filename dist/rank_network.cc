#include "dist/rank_network.h"

#include <mpi.h>

#include <deque>
#include <mutex>

#include "dist/mpi_communicator.h"
#include "dist/mpi_fault_mitigation.h"

namespace unmask {

struct RankNetwork::Mpi {
  struct Outgoing {
    std::string text;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void check(int code, const char* operation) const { check_mpi(code, operation, rank, world); }

  /// False where the call failed because a rank died; then `lost` knows it. THROWS CommError on any other fault.
  bool went_well(int code, const char* operation) {
    if (says_peer_lost(code)) {
      lost = acknowledge_dead(messages);
      return false;
    }
    check(code, operation);
    return true;
  }

  /// Frees what has arrived, and lets MPI move the rest on.
  void forget_delivered() {
    while (!outgoing.empty()) {
      int done = 0;
      const int code = MPI_Test(&outgoing.front()->request, &done, MPI_STATUS_IGNORE);
      if (went_well(code, "sending a message (MPI_Test)") && done == 0) return;
      outgoing.pop_front();
    }
  }

  MPI_Comm messages = MPI_COMM_NULL;
  /// Groups are made from one of their own: Open MPI sends what MPI_Comm_create_group needs with the caller's tag,
  /// where a reader of messages would find it.
  MPI_Comm groups = MPI_COMM_NULL;
  int rank = 0, world = 1;
  std::vector<int> lost;  // ranks that died
  std::mutex mutex;
  std::deque<std::unique_ptr<Outgoing>> outgoing;
};

RankNetwork::RankNetwork() : mpi_(std::make_unique<Mpi>()) {
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &mpi_->messages), "MPI_Comm_dup");
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &mpi_->groups), "MPI_Comm_dup");
  check_mpi(MPI_Comm_rank(mpi_->messages, &mpi_->rank), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(mpi_->messages, &mpi_->world), "MPI_Comm_size");
}

RankNetwork::~RankNetwork() = default;

int RankNetwork::rank() const { return mpi_->rank; }
int RankNetwork::world() const { return mpi_->world; }

void RankNetwork::send(int to, Box box, const std::string& text) {
  auto message = std::make_unique<Mpi::Outgoing>();
  message->text = text;
  const std::lock_guard lock(mpi_->mutex);
  const int code = MPI_Isend(message->text.data(), static_cast<int>(message->text.size()), MPI_CHAR, to,
                             static_cast<int>(box), mpi_->messages, &message->request);
  if (mpi_->went_well(code, "sending a message (MPI_Isend)")) mpi_->outgoing.push_back(std::move(message));
  mpi_->forget_delivered();
}

std::optional<Message> RankNetwork::poll(Box box) {
  const std::lock_guard lock(mpi_->mutex);
  mpi_->forget_delivered();
  int there = 0;
  MPI_Message matched = MPI_MESSAGE_NULL;
  MPI_Status status;
  const int code = MPI_Improbe(MPI_ANY_SOURCE, static_cast<int>(box), mpi_->messages, &there, &matched, &status);
  if (!mpi_->went_well(code, "looking for messages (MPI_Improbe)") || there == 0) return std::nullopt;
  int size = 0;
  mpi_->check(MPI_Get_count(&status, MPI_CHAR, &size), "MPI_Get_count");
  Message message{status.MPI_SOURCE, std::string(static_cast<std::size_t>(size), '\0')};
  if (!mpi_->went_well(MPI_Mrecv(message.text.data(), size, MPI_CHAR, &matched, MPI_STATUS_IGNORE), "MPI_Mrecv"))
    return std::nullopt;
  return message;
}

std::vector<int> RankNetwork::lost() const {
  const std::lock_guard lock(mpi_->mutex);
  return mpi_->lost;
}

std::unique_ptr<Communicator> RankNetwork::make_group(const std::vector<int>& members, int name, bool ranks_died) {
  MPI_Comm comm = MPI_COMM_NULL;
  // Not before a death: it goes over the launcher's daemons, gets slower with every group,
  // and hung once at a fresh start.
  if (ranks_died && survives_deaths()) {
    mpi_->check(create_from_living(mpi_->groups, members, name, &comm), "making a group (MPI_Comm_create_from_group)");
    return std::make_unique<MpiCommunicator>(comm, MpiCommunicatorOptions{});
  }
  MPI_Group all = MPI_GROUP_NULL, some = MPI_GROUP_NULL;
  mpi_->check(MPI_Comm_group(mpi_->groups, &all), "MPI_Comm_group");
  mpi_->check(MPI_Group_incl(all, static_cast<int>(members.size()), members.data(), &some), "MPI_Group_incl");
  // The smallest upper bound of tags that MPI guarantees is 32767.
  mpi_->check(MPI_Comm_create_group(mpi_->groups, some, name % 32767, &comm), "making a group (MPI_Comm_create_group)");
  mpi_->check(MPI_Group_free(&some), "MPI_Group_free");
  mpi_->check(MPI_Group_free(&all), "MPI_Group_free");
  mpi_->check(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return std::make_unique<MpiCommunicator>(comm, MpiCommunicatorOptions{});
}

void RankNetwork::close() {
  // A message that is left behind in a communicator would be a leak, and a long one would hold its sender for ever. The
  // barrier may overtake it, so nobody comes to the barrier before what it sent is with its reader.
  const auto read_all = [&] {
    for (const Box box : {Box::kCoordinator, Box::kWorker, Box::kHeartbeat}) {
      while (poll(box)) {
      }
    }
  };
  do {
    read_all();
  } while (!mpi_->outgoing.empty());
  MPI_Request all_here = MPI_REQUEST_NULL;
  mpi_->went_well(begin_barrier_of_living(mpi_->groups, &all_here), "MPI_Ibarrier");
  for (int done = 0; done == 0;) {
    mpi_->went_well(MPI_Test(&all_here, &done, MPI_STATUS_IGNORE), "MPI_Test");
    read_all();
  }
  mpi_->check(MPI_Comm_free(&mpi_->messages), "MPI_Comm_free");
  mpi_->check(MPI_Comm_free(&mpi_->groups), "MPI_Comm_free");
}

}  // namespace unmask
