// Libraries that the program opens itself: each start would pay for them, or they may be missing.
#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>

namespace unmask {

/// Opens the library of this name that lies beside the one that `neighbour`, a function, is of: both of one build fit
/// together. Where none lies there the loader looks for it. Null, and dlerror() says why, where it can't be opened.
template <class Function>
void* open_beside(Function* neighbour, const std::string& name, int mode) {
  Dl_info found{};
  void* library = nullptr;
  if (::dladdr(reinterpret_cast<void*>(neighbour), &found) != 0 && found.dli_fname != nullptr)
    library = ::dlopen((std::filesystem::path(found.dli_fname).parent_path() / name).c_str(), mode);
  return library != nullptr ? library : ::dlopen(name.c_str(), mode);
}

}  // namespace unmask
