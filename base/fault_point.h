// Named places of the code that a test makes fail, each on one rank alone. In a program nothing happens there.
//
//   fault_point("update");                                            // in the code
//   fault_hook = [](const char* place) { throw_if_chosen(place); };   // in a test, on the thread that is the rank
#pragma once

namespace unmask {

/// Of this thread, and of what it has written in the background. Null but in tests; throws what the place is to meet.
inline thread_local void (*fault_hook)(const char* place) = nullptr;

inline void fault_point(const char* place) {
  if (fault_hook != nullptr) fault_hook(place);
}

}  // namespace unmask
