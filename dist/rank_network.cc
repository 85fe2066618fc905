#include "dist/rank_network.h"

#include <mpi.h>

#include <deque>
#include <mutex>

#include "dist/mpi_communicator.h"
#include "dist/mpi_fault_mitigation.h"

namespace unmask {

struct RankNetwork::Mail {
  struct Outgoing {
    std::string text;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void check(int code, const char* operation) const { check_mpi(code, operation, rank, world); }

  /// False where the call failed because a rank died; then `lost` knows it. THROWS CommError on any other fault.
  bool went_well(int code, const char* operation) {
    if (says_peer_lost(code)) {
      lost = acknowledge_dead(comm);
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
      if (went_well(code, "sending a letter (MPI_Test)") && done == 0) return;
      outgoing.pop_front();
    }
  }

  MPI_Comm comm = MPI_COMM_NULL, groups = MPI_COMM_NULL;
  int rank = 0, world = 1;
  std::vector<int> lost;  // ranks that died
  std::mutex mutex;
  std::deque<std::unique_ptr<Outgoing>> outgoing;
};

RankNetwork::RankNetwork(const void* letters, const void* groups) : mail_(std::make_unique<Mail>()) {
  mail_->comm = *static_cast<const MPI_Comm*>(letters);
  mail_->groups = *static_cast<const MPI_Comm*>(groups);
  check_mpi(MPI_Comm_rank(mail_->comm, &mail_->rank), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(mail_->comm, &mail_->world), "MPI_Comm_size");
}

RankNetwork::~RankNetwork() = default;

int RankNetwork::rank() const { return mail_->rank; }
int RankNetwork::world() const { return mail_->world; }

void RankNetwork::send(int to, Box box, const std::string& text) {
  auto letter = std::make_unique<Mail::Outgoing>();
  letter->text = text;
  const std::lock_guard lock(mail_->mutex);
  const int code = MPI_Isend(letter->text.data(), static_cast<int>(letter->text.size()), MPI_CHAR, to,
                             static_cast<int>(box), mail_->comm, &letter->request);
  if (mail_->went_well(code, "sending a letter (MPI_Isend)")) mail_->outgoing.push_back(std::move(letter));
  mail_->forget_delivered();
}

std::optional<Letter> RankNetwork::poll(Box box) {
  const std::lock_guard lock(mail_->mutex);
  mail_->forget_delivered();
  int there = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  const int code = MPI_Improbe(MPI_ANY_SOURCE, static_cast<int>(box), mail_->comm, &there, &message, &status);
  if (!mail_->went_well(code, "looking for letters (MPI_Improbe)") || there == 0) return std::nullopt;
  int size = 0;
  mail_->check(MPI_Get_count(&status, MPI_CHAR, &size), "MPI_Get_count");
  Letter letter{status.MPI_SOURCE, std::string(static_cast<std::size_t>(size), '\0')};
  if (!mail_->went_well(MPI_Mrecv(letter.text.data(), size, MPI_CHAR, &message, MPI_STATUS_IGNORE), "MPI_Mrecv"))
    return std::nullopt;
  return letter;
}

std::vector<int> RankNetwork::lost() const {
  const std::lock_guard lock(mail_->mutex);
  return mail_->lost;
}

std::unique_ptr<Communicator> RankNetwork::make_group(const std::vector<int>& members, int name, bool ranks_died) {
  MPI_Comm comm = MPI_COMM_NULL;
  // Not before a death: it goes over the launcher's daemons, gets slower with every group,
  // and hung once at a fresh start.
  if (ranks_died && survives_deaths()) {
    mail_->check(create_from_living(mail_->groups, members, name, &comm),
                 "making a group (MPI_Comm_create_from_group)");
    return std::make_unique<MpiCommunicator>(comm, MpiCommunicatorOptions{});
  }
  MPI_Group all = MPI_GROUP_NULL, some = MPI_GROUP_NULL;
  mail_->check(MPI_Comm_group(mail_->groups, &all), "MPI_Comm_group");
  mail_->check(MPI_Group_incl(all, static_cast<int>(members.size()), members.data(), &some), "MPI_Group_incl");
  // The smallest upper bound of tags that MPI guarantees is 32767.
  mail_->check(MPI_Comm_create_group(mail_->groups, some, name % 32767, &comm),
               "making a group (MPI_Comm_create_group)");
  mail_->check(MPI_Group_free(&some), "MPI_Group_free");
  mail_->check(MPI_Group_free(&all), "MPI_Group_free");
  mail_->check(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return std::make_unique<MpiCommunicator>(comm, MpiCommunicatorOptions{});
}

void RankNetwork::close() {
  // A message that is left behind in a communicator would be a leak, and a long one would hold its sender for ever.
  MPI_Request all_here = MPI_REQUEST_NULL;
  mail_->went_well(begin_barrier_of_living(mail_->groups, &all_here), "MPI_Ibarrier");
  for (int done = 0; done == 0;) {
    mail_->went_well(MPI_Test(&all_here, &done, MPI_STATUS_IGNORE), "MPI_Test");
    for (const Box box : {Box::kCoordinator, Box::kWorker, Box::kHeartbeat}) {
      while (poll(box)) {
      }
    }
  }
  for (const auto& letter : mail_->outgoing)
    mail_->went_well(MPI_Wait(&letter->request, MPI_STATUS_IGNORE), "sending a letter (MPI_Wait)");
  mail_->outgoing.clear();
  mail_->check(MPI_Comm_free(&mail_->comm), "MPI_Comm_free");
  mail_->check(MPI_Comm_free(&mail_->groups), "MPI_Comm_free");
}

}  // namespace unmask
