#include "sweep/run/lease_timing.h"

#include <filesystem>
#include <fstream>

namespace unmask {

void append_timing(const RunFolder& folder, const LeaseTiming& lease) {
  std::error_code none;
  const bool is_new = !std::filesystem::exists(folder.timing(), none);
  std::ofstream out(folder.timing(), std::ios::app);
  if (is_new) out << "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n";
  out << lease.trial << ',' << lease.attempt << ',' << lease.ranks << ',' << lease.host << ',' << lease.from_step << ','
      << lease.to_step << ',' << lease.wall_s << ',' << lease.end << ',' << lease.ended << '\n';
}

}  // namespace unmask
