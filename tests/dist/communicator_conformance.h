// What every Communicator does, as one function per promise:
// run for each backend and world by the tests beside this file.
// Each is called on all ranks at once with a communicator of their own.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "dist/communicator.h"

namespace unmask::conformance {

inline std::string error_of(const auto& call) {
  try {
    call();
  } catch (const CommError& error) {
    return error.what();
  }
  return "";
}

inline void ranks_are_numbered(Communicator& communicator) {
  std::vector<std::int64_t> seen(static_cast<std::size_t>(communicator.world()));
  seen.at(static_cast<std::size_t>(communicator.rank())) = 1;
  communicator.all_reduce_sum(std::span(seen));
  for (const std::int64_t count : seen) EXPECT_EQ(count, 1);
}

inline void integers_sum_exactly(Communicator& communicator) {
  const std::int64_t world = communicator.world(), rank = communicator.rank();
  for (const std::size_t size : {0, 1, 2, 7, 1000, 40000}) {
    std::vector<std::int64_t> values(size);
    for (std::size_t i = 0; i < size; ++i) {
      values[i] = (std::int64_t{1} << 60) / 4 * (i % 2 == 0 ? 1 : -1) + static_cast<std::int64_t>(i) * (rank + 1);
    }
    communicator.all_reduce_sum(std::span(values));
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(values[i], (std::int64_t{1} << 60) / 4 * (i % 2 == 0 ? 1 : -1) * world +
                               static_cast<std::int64_t>(i) * world * (world + 1) / 2);
    }
  }
}

inline void floats_sum(Communicator& communicator) {
  const int world = communicator.world(), rank = communicator.rank();
  std::vector<float> values(4099);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.25f * static_cast<float>(i % 64) * static_cast<float>(rank + 1);
  communicator.all_reduce_sum(std::span(values));
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(values[i], 0.25f * static_cast<float>(i % 64) * static_cast<float>(world * (world + 1) / 2));
  }
}

inline void broadcast_copies_from_any_root(Communicator& communicator) {
  for (int root = 0; root < communicator.world(); ++root) {
    for (const std::size_t size : {0, 1, 5, 100000}) {
      std::vector<std::byte> bytes(size);
      if (communicator.rank() == root) std::fill(bytes.begin(), bytes.end(), static_cast<std::byte>(root + 3));
      communicator.broadcast(bytes, root);
      EXPECT_EQ(std::count(bytes.begin(), bytes.end(), static_cast<std::byte>(root + 3)),
                static_cast<std::ptrdiff_t>(size));
    }
  }
}

inline void broadcast_refuses_a_root_outside_the_world(Communicator& communicator) {
  std::vector<std::byte> bytes(4);
  for (const int root : {-1, communicator.world()}) {
    EXPECT_NE(error_of([&] { communicator.broadcast(bytes, root); }).find("root is " + std::to_string(root)),
              std::string::npos);
  }
  communicator.barrier();  // still of use
}

inline void all_gather_takes_differing_lengths(Communicator& communicator) {
  for (int shift = 0; shift < 3; ++shift) {
    const auto size_of = [&](int rank) { return static_cast<std::size_t>((rank + shift) % 3 * 777); };
    const auto byte_of = [](int rank) { return static_cast<std::byte>(rank + 40); };
    const std::vector<std::byte> mine(size_of(communicator.rank()), byte_of(communicator.rank()));
    const auto all = communicator.all_gather(mine);
    ASSERT_EQ(all.size(), static_cast<std::size_t>(communicator.world()));
    for (int r = 0; r < communicator.world(); ++r) {
      EXPECT_EQ(all[static_cast<std::size_t>(r)], std::vector<std::byte>(size_of(r), byte_of(r))) << "rank " << r;
    }
  }
}

inline void texts_travel_whole(Communicator& communicator) {
  const std::string zeros("a\0b", 3);
  for (const std::string& text : {std::string(), std::string("trial 7"), zeros, std::string(100000, 'x')}) {
    const int root = communicator.world() - 1;
    EXPECT_EQ(broadcast_text(communicator, communicator.rank() == root ? text : "not this", root), text);
  }
  const auto texts = all_gather_text(communicator, std::string(static_cast<std::size_t>(communicator.rank()), 'r'));
  for (int r = 0; r < communicator.world(); ++r) {
    EXPECT_EQ(texts.at(static_cast<std::size_t>(r)), std::string(static_cast<std::size_t>(r), 'r'));
  }
}

inline void a_duplicate_has_the_same_ranks_and_outlives_its_origin(Communicator& communicator) {
  const auto first = communicator.duplicate();
  const auto second = first->duplicate();
  EXPECT_EQ(second->rank(), communicator.rank());
  EXPECT_EQ(second->world(), communicator.world());
  first->close();
  ranks_are_numbered(*second);
  second->close();
  ranks_are_numbered(communicator);
}

/// Every call, as its name in errors and a way to make it.
inline void every_call_throws(Communicator& communicator, const std::string& reason) {
  std::vector<std::int64_t> integers(1);
  std::vector<float> floats(1);
  std::vector<std::byte> bytes(1);
  const std::string errors[] = {error_of([&] { communicator.all_reduce_sum(std::span(integers)); }),
                                error_of([&] { communicator.all_reduce_sum(std::span(floats)); }),
                                error_of([&] { communicator.broadcast(bytes, 0); }),
                                error_of([&] { communicator.all_gather(bytes); }),
                                error_of([&] { communicator.barrier(); }),
                                error_of([&] { communicator.duplicate(); })};
  const char* const names[] = {
      "all_reduce_sum(int64)", "all_reduce_sum(float)", "broadcast", "all_gather", "barrier", "duplicate"};
  for (std::size_t i = 0; i < std::size(errors); ++i) {
    EXPECT_NE(errors[i].find(reason), std::string::npos) << names[i] << " said: " << errors[i];
    EXPECT_NE(errors[i].find(names[i]), std::string::npos) << errors[i];
    EXPECT_NE(
        errors[i].find("rank " + std::to_string(communicator.rank()) + " of " + std::to_string(communicator.world())),
        std::string::npos)
        << errors[i];
  }
}

inline void calls_after_close_throw(Communicator& communicator) {
  const auto copy = communicator.duplicate();
  copy->close();
  every_call_throws(*copy, "closed");
  copy->close();  // again: nothing to do
}

inline void calls_after_abort_throw_with_the_reason(Communicator& communicator) {
  const auto copy = communicator.duplicate();
  communicator.barrier();
  copy->abort("rank 9 is silent");
  communicator.barrier();
  every_call_throws(*copy, "rank 9 is silent");
  copy->close();                     // never waits for peers
  ranks_are_numbered(communicator);  // its origin lives on
}

/// Of the last rank. Its sums are over where they may fail alone; what the ranks say to each other goes on.
inline void an_alarm_is_heard_by_all_and_they_can_still_talk(Communicator& communicator) {
  if (communicator.world() == 1) return;
  for (int round = 0; round < 2; ++round) {  // nothing of the first is left to the second
    const auto copy = communicator.duplicate();
    EXPECT_FALSE(copy->alarmed());
    communicator.barrier();
    if (copy->rank() == copy->world() - 1) copy->raise_alarm();
    for (int pause = 0; pause < 20000 && !copy->alarmed(); ++pause)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(copy->alarmed());
    EXPECT_EQ(all_gather_text(*copy, "I hear").size(), static_cast<std::size_t>(copy->world()));
    std::int64_t sum = 1;
    const std::string error = error_of([&] { copy->all_reduce_sum(std::span(&sum, 1)); });
    EXPECT_EQ(error.empty(), !copy->sums_fail_alone()) << error;
    copy->raise_alarm();
    copy->raise_alarm();  // again: nothing to do
    copy->close();
  }
  ranks_are_numbered(communicator);
}

/// On every rank, before a byte moves.
inline void differing_sizes_are_refused_with_both_named(Communicator& communicator) {
  struct Sized {
    const char* name;
    void (*call)(Communicator&, std::size_t);
  };
  constexpr Sized kSized[] = {{"all_reduce_sum(int64)",
                               [](Communicator& to, std::size_t size) {
                                 std::vector<std::int64_t> values(size);
                                 to.all_reduce_sum(std::span(values));
                               }},
                              {"all_reduce_sum(float)",
                               [](Communicator& to, std::size_t size) {
                                 std::vector<float> values(size);
                                 to.all_reduce_sum(std::span(values));
                               }},
                              {"broadcast", [](Communicator& to, std::size_t size) {
                                 std::vector<std::byte> bytes(size);
                                 to.broadcast(bytes, 0);
                               }}};
  const int rank = communicator.rank(), world = communicator.world();
  for (const Sized& sized : kSized) {
    for (const auto& [usual, other] : {std::pair<std::size_t, std::size_t>{30, 41}, {30, 0}, {30, 100000}}) {
      const auto copy = communicator.duplicate();
      const std::size_t size = rank == world - 1 ? other : usual;
      const std::string error = error_of([&] { sized.call(*copy, size); });
      if (world > 1) {
        const std::string where = " on rank " + std::to_string(rank) + " of " + std::to_string(world);
        EXPECT_NE(error.find(sized.name + where + ": "), std::string::npos) << error;
        const std::size_t reason = error.find("sizes differ between ranks: ");
        ASSERT_NE(reason, std::string::npos) << error;
        EXPECT_NE(error.find(" " + std::to_string(usual) + " ", reason), std::string::npos) << error;
        EXPECT_NE(error.find(" " + std::to_string(other) + " ", reason), std::string::npos) << error;
      } else {
        EXPECT_EQ(error, "");
      }
      copy->abort("its ranks disagree");
    }
  }
  ranks_are_numbered(communicator);
}

/// When the last rank dies: before a collective of all, while one goes on, or after one.
enum class Death { kBefore, kIn, kAfter };

/// What a survivor's collective says. `die` is called on the last rank alone;
/// for kIn it may strike later, from elsewhere.
inline std::string outlive(Communicator& communicator, Death when, const std::function<void()>& die,
                           std::size_t elements = 1 << 20) {
  const bool is_victim = communicator.rank() == communicator.world() - 1;
  std::vector<std::int64_t> values(elements);
  const auto sum = [&] {
    std::ranges::fill(values, 1);
    communicator.all_reduce_sum(std::span(values));
  };
  communicator.barrier();
  if (when == Death::kAfter) {
    sum();
    EXPECT_EQ(values.back(), communicator.world());
  }
  if (is_victim) die();
  return error_of([&] {
    while (true) sum();
  });
}

using Promise = void (*)(Communicator&);
struct NamedPromise {
  const char* name;
  Promise check;
};
inline constexpr NamedPromise kPromises[] = {
    {"ranks_are_numbered", ranks_are_numbered},
    {"integers_sum_exactly", integers_sum_exactly},
    {"floats_sum", floats_sum},
    {"broadcast_copies_from_any_root", broadcast_copies_from_any_root},
    {"broadcast_refuses_a_root_outside_the_world", broadcast_refuses_a_root_outside_the_world},
    {"all_gather_takes_differing_lengths", all_gather_takes_differing_lengths},
    {"texts_travel_whole", texts_travel_whole},
    {"a_duplicate_has_the_same_ranks_and_outlives_its_origin", a_duplicate_has_the_same_ranks_and_outlives_its_origin},
    {"calls_after_close_throw", calls_after_close_throw},
    {"calls_after_abort_throw_with_the_reason", calls_after_abort_throw_with_the_reason},
    {"an_alarm_is_heard_by_all_and_they_can_still_talk", an_alarm_is_heard_by_all_and_they_can_still_talk},
    {"differing_sizes_are_refused_with_both_named", differing_sizes_are_refused_with_both_named},
};

inline std::string name_of(const testing::TestParamInfo<NamedPromise>& what) { return what.param.name; }

}  // namespace unmask::conformance
