// A stand-in of libcuda.so.1, a driver for CUDA 12.4 (or $UNMASK_FAKE_CUDA, as 12080 for 12.8) without a GPU: all that
// the CUDA run time asks before it refuses a driver that is too old.
#include <cstdlib>
#include <cstring>

extern "C" {

int cuInit(unsigned) {
  return 100;  // no device
}

int cuDriverGetVersion(int* version) {
  const char* said = std::getenv("UNMASK_FAKE_CUDA");
  *version = said != nullptr ? std::atoi(said) : 12040;
  return 0;
}

int cuGetProcAddress_v2(const char* name, void** function, int, unsigned long long, int*) {
  *function = nullptr;
  if (std::strcmp(name, "cuInit") == 0) *function = reinterpret_cast<void*>(&cuInit);
  if (std::strcmp(name, "cuDriverGetVersion") == 0) *function = reinterpret_cast<void*>(&cuDriverGetVersion);
  if (std::strcmp(name, "cuGetProcAddress") == 0) *function = reinterpret_cast<void*>(&cuGetProcAddress_v2);
  return *function != nullptr ? 0 : 500;  // not found
}

}  // extern "C"
