// Real faces for the demonstration dataset: photos and videos of a folder, moved to the plate's place for a face.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "base/philox.h"

namespace unmask::synth {

/// Images of one file (CV_8UC3 plates): one of a photo, every third frame of a video.
struct Footage {
  std::string file;
  std::vector<cv::Mat> plates;
};

/// A person, known by the files' names without digits at the end: obama.jpg, obama2.jpg, obama_3.jpg are one.
struct Person {
  std::string name;  // letters and digits
  std::vector<Footage> footage;
};

struct People {
  std::vector<Person> people;       // sorted by name
  std::vector<std::string> unused;  // "<file>: no face found"
};

/// The person's name in a file name.
std::string person_name(const std::filesystem::path& file);

/// Regular files of `folder`, in any order of the file system the same.
/// THROWS Error(kUsage) if there is no such folder.
People load_people(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& files, int threads);

/// A clip's plates from one footage: mirrored or not, one smooth warp for the clip and a smaller one per frame.
/// CV_32FC3.
class PhotoClip {
 public:
  PhotoClip(const Footage& footage, Draws draws, int frames);
  cv::Mat plate(int number, Draws frame) const;

 private:
  const Footage& footage_;
  cv::Mat dx_, dy_;
  std::size_t first_ = 0;
  bool mirrored_ = false;
};

}  // namespace unmask::synth
