#include "dist/rank_network.h"

#include <mpi.h>

#include <deque>
#include <mutex>

#include "dist/mpi_communicator.h"

namespace unmask {

struct RankNetwork::Mail {
  struct Outgoing {
    std::string text;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void check(int code, const char* operation) const { check_mpi(code, operation, rank, world); }

  /// Frees what has arrived, and lets MPI move the rest on.
  void forget_delivered() {
    while (!outgoing.empty()) {
      int done = 0;
      check(MPI_Test(&outgoing.front()->request, &done, MPI_STATUS_IGNORE), "sending a letter (MPI_Test)");
      if (done == 0) return;
      outgoing.pop_front();
    }
  }

  MPI_Comm comm = MPI_COMM_NULL, groups = MPI_COMM_NULL;
  int rank = 0, world = 1;
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
  mail_->check(MPI_Isend(letter->text.data(), static_cast<int>(letter->text.size()), MPI_CHAR, to,
                         static_cast<int>(box), mail_->comm, &letter->request),
               "sending a letter (MPI_Isend)");
  mail_->outgoing.push_back(std::move(letter));
  mail_->forget_delivered();
}

std::optional<Letter> RankNetwork::poll(Box box) {
  const std::lock_guard lock(mail_->mutex);
  mail_->forget_delivered();
  int there = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  mail_->check(MPI_Improbe(MPI_ANY_SOURCE, static_cast<int>(box), mail_->comm, &there, &message, &status),
               "looking for letters (MPI_Improbe)");
  if (there == 0) return std::nullopt;
  int size = 0;
  mail_->check(MPI_Get_count(&status, MPI_CHAR, &size), "MPI_Get_count");
  Letter letter{status.MPI_SOURCE, std::string(static_cast<std::size_t>(size), '\0')};
  mail_->check(MPI_Mrecv(letter.text.data(), size, MPI_CHAR, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
  return letter;
}

std::unique_ptr<Communicator> RankNetwork::make_group(const std::vector<int>& members, int name) {
  MPI_Group all = MPI_GROUP_NULL, some = MPI_GROUP_NULL;
  MPI_Comm comm = MPI_COMM_NULL;
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
  // A letter that is left behind in a communicator would be a leak, and a long one would hold its sender for ever.
  MPI_Request all_here = MPI_REQUEST_NULL;
  mail_->check(MPI_Ibarrier(mail_->groups, &all_here), "MPI_Ibarrier");
  for (int done = 0; done == 0;) {
    mail_->check(MPI_Test(&all_here, &done, MPI_STATUS_IGNORE), "MPI_Test");
    for (const Box box : {Box::kCoordinator, Box::kWorker, Box::kHeartbeat}) {
      while (poll(box)) {
      }
    }
  }
  for (const auto& letter : mail_->outgoing)
    mail_->check(MPI_Wait(&letter->request, MPI_STATUS_IGNORE), "sending a letter (MPI_Wait)");
  mail_->outgoing.clear();
  mail_->check(MPI_Comm_free(&mail_->comm), "MPI_Comm_free");
  mail_->check(MPI_Comm_free(&mail_->groups), "MPI_Comm_free");
}

}  // namespace unmask
