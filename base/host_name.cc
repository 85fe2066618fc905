#include "base/host_name.h"

#include <unistd.h>

namespace unmask {

std::string host_name() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return host;
}

}  // namespace unmask
