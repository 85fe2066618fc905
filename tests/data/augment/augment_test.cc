#include "data/augment/augment.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>

#include "base/error.h"
#include "tests/data/augment/drawn_crop.h"
#include "tests/data/augment/python_judge.h"

namespace unmask {
namespace {

using test::augmented;
using test::drawn_crop;
using test::Floats;
using test::Pixels;
using test::TemporaryFolder;

void add_line(std::ostringstream& lines, const AugmentDraw& draw, int px) {
  lines.precision(17);
  lines << px << ' ' << draw.flipped << ' ' << draw.angle << ' ' << draw.scale << ' ' << draw.has_perspective;
  for (const auto& corner : draw.corners) lines << ' ' << corner[0] << ' ' << corner[1];
  lines << ' ' << draw.brightness << ' ' << draw.contrast << ' ' << draw.saturation << ' ' << draw.erase.x << ' '
        << draw.erase.y << ' ' << draw.erase.width << ' ' << draw.erase.height << '\n';
}

/// Absolute differences to torchvision's picture, of each picture, in 8-bit units.
struct Differences {
  std::vector<double> mean, largest;
  double average() const {
    double sum = 0;
    for (const double value : mean) sum += value;
    return sum / static_cast<double>(mean.size());
  }
  double worst_mean() const { return *std::max_element(mean.begin(), mean.end()); }
  double worst_pixel() const { return *std::max_element(largest.begin(), largest.end()); }
};

/// Sets of pictures that go to torchvision in one run of the script.
class Judge {
 public:
  void add(const std::string& name, const std::string& how, const AugmentOptions& options, int px, int count) {
    const auto folder = folder_.path() / name;
    std::filesystem::create_directories(folder);
    std::string crops, ours;
    std::ostringstream lines;
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count); ++i) {
      const Pixels rgb = drawn_crop(px, i);
      const AugmentDraw draw = draw_augmentation(options, px, 5, 0, i);
      Floats output(rgb.size());
      if (how == "normalised") {
        normalise(rgb, px, output);
      } else {
        augment(rgb, px, draw, output);
      }
      crops.append(reinterpret_cast<const char*>(rgb.data()), rgb.size());
      ours.append(reinterpret_cast<const char*>(output.data()), output.size() * sizeof(float));
      add_line(lines, draw, px);
    }
    test::write_bytes(folder / "crops.u8", crops);
    test::write_bytes(folder / "ours.f32", ours);
    test::write_bytes(folder / "draws.txt", lines.str());
    arguments_ += " " + how + " " + folder.string();
  }
  std::map<std::string, Differences> run() const {
    std::istringstream answer(test::run_reference("compare" + arguments_));
    std::map<std::string, Differences> sets;
    std::string folder;
    double mean = 0, largest = 0;
    while (answer >> folder >> mean >> largest) {
      Differences& set = sets[std::filesystem::path(folder).filename()];
      set.mean.push_back(mean);
      set.largest.push_back(largest);
    }
    return sets;
  }

 private:
  TemporaryFolder folder_;
  std::string arguments_;
};

AugmentOptions geometry_only(AugmentOptions options) {
  options.brightness = options.contrast = options.saturation = options.erase = 0;
  return options;
}

TEST(Augment, PicturesAreTorchvisions) {
  AugmentOptions colour, affine, perspective;
  colour.degrees = 0;
  colour.scale_min = colour.scale_max = 1;
  colour.perspective_probability = 0;
  perspective = geometry_only(colour);
  perspective.perspective_probability = 1;
  affine = geometry_only(affine);
  affine.perspective_probability = 0;
  Judge judge;
  judge.add("published_224", "rounded", {}, 224, 24);
  judge.add("published_112", "rounded", {}, 112, 24);
  judge.add("all_exact", "exact", {}, 112, 24);
  judge.add("colour", "exact", colour, 112, 24);
  judge.add("affine", "exact", affine, 112, 24);
  judge.add("perspective", "exact", perspective, 112, 24);
  judge.add("normalised", "normalised", {}, 64, 4);
  std::map<std::string, Differences> sets = judge.run();
  ASSERT_EQ(sets.size(), 7u);
  for (const auto& [name, set] : sets) {
    RecordProperty(name, std::to_string(set.average()));
    std::printf("%-14s mean %.4f, worst picture %.4f, worst pixel %.2f of 255\n", name.c_str(), set.average(),
                set.worst_mean(), set.worst_pixel());
  }
  // Without a resampling, and with pictures that torchvision doesn't round to 8 bits, the same numbers.
  EXPECT_LT(sets["normalised"].worst_pixel(), 1e-4);
  // (Red weighs 0.299 in grey here and in PIL, 0.2989 for torchvision's tensors.)
  EXPECT_LT(sets["colour"].worst_pixel(), 0.05);
  EXPECT_LT(sets["affine"].worst_pixel(), 0.05);
  // Here the picture ends where it ends, as PIL has it; torchvision's tensors fade to black over the last pixel.
  EXPECT_LT(sets["perspective"].average(), 0.7);
  // All of it: torchvision resamples twice, and rounds down to 8 bits after each of five steps.
  EXPECT_LT(sets["all_exact"].average(), 1.0);
  EXPECT_LT(sets["published_224"].average(), 2.0);
  EXPECT_LT(sets["published_112"].average(), 2.0);
}

TEST(Augment, ADrawOfNothingIsNormalisationAlone) {
  const Pixels rgb = drawn_crop(61, 1);
  Floats wanted(rgb.size());
  normalise(rgb, 61, wanted);
  EXPECT_EQ(augmented(rgb, 61, AugmentDraw{}), wanted);
}

TEST(Augment, AMirrorIsExact) {
  constexpr int kPx = 30;
  const Pixels rgb = drawn_crop(kPx, 2);
  AugmentDraw draw;
  draw.to_input = {-1, 0, kPx - 1, 0, 1, 0, 0, 0, 1};
  Pixels mirrored(rgb.size());
  for (std::size_t y = 0; y < kPx; ++y) {
    for (std::size_t x = 0; x < kPx; ++x) {
      std::copy_n(&rgb[(y * kPx + x) * 3], 3, &mirrored[(y * kPx + kPx - 1 - x) * 3]);
    }
  }
  Floats wanted(rgb.size());
  normalise(mirrored, kPx, wanted);
  EXPECT_EQ(augmented(rgb, kPx, draw), wanted);
}

TEST(Augment, OutsideTheInputAndErasedIsBlackBeforeNormalisation) {
  constexpr int kPx = 40;
  const Pixels white(kPx * kPx * 3, 255);
  const auto black = [](std::size_t k) { return -kImageNetMean[k] / kImageNetDeviation[k]; };
  AugmentDraw draw;
  draw.to_input = {1, 0, 20, 0, 1, 0, 0, 0, 1};  // the right half comes from beyond the edge
  draw.erase = {2, 3, 4, 5};
  const Floats output = augmented(white, kPx, draw);
  for (std::size_t y = 0; y < kPx; ++y) {
    for (std::size_t x = 0; x < kPx; ++x) {
      const bool is_black = x >= 20 || (x >= 2 && x < 6 && y >= 3 && y < 8);
      for (std::size_t k = 0; k < 3; ++k) {
        const float wanted = is_black ? black(k) : (1 - kImageNetMean[k]) / kImageNetDeviation[k];
        ASSERT_NEAR(output[(y * kPx + x) * 3 + k], wanted, 1e-5) << x << ", " << y;
      }
    }
  }
}

TEST(Augment, SizesThatDontFitAreErrors) {
  const Pixels rgb(10 * 10 * 3);
  Floats output(10 * 10 * 3);
  EXPECT_THROW(augment(rgb, 11, AugmentDraw{}, output), Error);
  EXPECT_THROW(augment(rgb, 10, AugmentDraw{}, std::span(output).first(10)), Error);
}

}  // namespace
}  // namespace unmask
