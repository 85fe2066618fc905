// Clips made and judged by Debian's ffmpeg.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace unmask {

/// `arguments`: after ffmpeg, as a shell reads them.
inline void run_ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -nostdin -v error -y " + arguments;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

inline std::string source(int frames, const std::string& size = "96x64") {
  return "-f lavfi -i testsrc2=size=" + size + ":rate=25 -frames:v " + std::to_string(frames) + " ";
}

inline std::vector<std::uint8_t> bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// All frames as RGB bytes, one after the other, as ffmpeg's command line decodes them. `turn`: filters for what the
/// container says of rotation, after the conversion.
inline std::vector<std::uint8_t> rgb_by_ffmpeg(const std::filesystem::path& clip, const std::string& turn = "") {
  const std::string raw = clip.native() + ".rgb";
  run_ffmpeg("-cpuflags 0 -noautorotate -i " + clip.native() +
             " -fps_mode passthrough -vf scale=flags=bilinear+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,"
             "format=rgb24" +
             turn + " -f rawvideo " + raw);
  return bytes_of(raw);
}

}  // namespace unmask
