// A stand-in of libnvidia-ml.so.1: it knows its driver's release.
#include <cstring>

extern "C" {

int nvmlInit_v2() { return 0; }

int nvmlSystemGetDriverVersion(char* version, unsigned length) {
  constexpr char kRelease[] = "550.54.15";
  if (length < sizeof kRelease) return 7;  // too small
  std::memcpy(version, kRelease, sizeof kRelease);
  return 0;
}

int nvmlShutdown() { return 0; }

}  // extern "C"
