#include "model/score/familiarity.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/philox.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

constexpr std::size_t kSize = 24;

/// `people` of ten faces each, a fold a person; a face is its person and a little of its own.
struct Faces {
  std::vector<float> features;
  std::vector<double> sharpness;
  std::vector<std::uint32_t> fold_of;
};

Faces drawn_faces(std::size_t people, std::uint32_t number) {
  Draws draws(11, DrawFor::kSynth, number);
  Faces faces;
  for (std::size_t person = 0; person < people; ++person) {
    std::vector<double> looks(kSize);
    for (double& value : looks) value = draws.normal();
    for (int face = 0; face < 10; ++face) {
      for (const double value : looks) faces.features.push_back(static_cast<float>(value + 0.1 * draws.normal()));
      faces.sharpness.push_back(draws.uniform(10, 20));
      faces.fold_of.push_back(static_cast<std::uint32_t>(person) % kFamiliarityFolds);
    }
  }
  return faces;
}

Familiarity fit(const Faces& faces) {
  return fit_familiarity(faces.features, kSize, faces.sharpness, faces.fold_of, "calibration");
}

double share_beyond(const Familiarity& familiarity, const Faces& faces, double limit) {
  const MahalanobisDistance distance(familiarity.gaussian);
  std::size_t beyond = 0;
  for (std::size_t i = 0; i < faces.sharpness.size(); ++i)
    beyond += distance.of(std::span(faces.features).subspan(i * kSize, kSize)) > limit ? 1 : 0;
  return static_cast<double>(beyond) / static_cast<double>(faces.sharpness.size());
}

TEST(FamiliarityTest, LessThanTheShareOfItsOwnFacesLieBeyondALimit) {
  const Faces faces = drawn_faces(40, 1);
  const Familiarity familiarity = fit(faces);
  EXPECT_EQ(familiarity.faces, 400);
  const auto blunt =
      std::ranges::count_if(faces.sharpness, [&](double value) { return value < familiarity.limits.sharpness; });
  EXPECT_EQ(blunt, 2) << "one in 200";
}

TEST(FamiliarityTest, OtherPeopleAreAsFamiliarThoughFewWereSeen) {
  // Of 30 people in 24 dimensions: the Gaussian is far nearer to those whom it was fitted on.
  const Familiarity familiarity = fit(drawn_faces(30, 1));
  const Faces others = drawn_faces(400, 2);
  EXPECT_LT(share_beyond(familiarity, others, familiarity.limits.distance), 0.05);
  std::vector<double> own;
  const Faces seen = drawn_faces(30, 1);
  const MahalanobisDistance distance(familiarity.gaussian);
  for (std::size_t i = 0; i < seen.sharpness.size(); ++i)
    own.push_back(distance.of(std::span(seen.features).subspan(i * kSize, kSize)));
  EXPECT_GT(share_beyond(familiarity, others, *std::ranges::max_element(own)), 0.2) << "a limit of its own faces";
  Faces far = drawn_faces(50, 3);
  for (float& value : far.features) value = 3 * value + 2;
  EXPECT_GT(share_beyond(familiarity, far, familiarity.limits.distance), 0.9);
}

TEST(FamiliarityTest, TooFewFacesOrGroupsTellNothing) {
  EXPECT_THROW(fit(drawn_faces(19, 1)), Error);
  Faces one_group = drawn_faces(30, 1);
  std::ranges::fill(one_group.fold_of, 3);
  EXPECT_THROW(fit(one_group), Error);
}

class FamiliarityInAFileTest : public testing::Test {
 protected:
  FamiliarityInAFileTest() : familiarity_(fit(drawn_faces(30, 1))) {}
  std::optional<Familiarity> read_back(const std::map<std::string, std::string>& metadata,
                                       const std::vector<TensorBytes>& tensors) {
    write_safetensors(folder_ / "model", "1", tensors, metadata);
    return familiarity_of(SafetensorsFile(folder_ / "model", SafetensorsFile::Digest::kRequired));
  }
  test_support::TemporaryFolder folder_;
  Familiarity familiarity_;
};

TEST_F(FamiliarityInAFileTest, ComesBackAsItWas) {
  const auto back = read_back({{kFamiliarityKey, to_json(familiarity_)}}, familiarity_tensors(familiarity_));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->gaussian.mean, familiarity_.gaussian.mean);
  EXPECT_EQ(back->gaussian.covariance, familiarity_.gaussian.covariance);
  EXPECT_EQ(back->limits.distance, familiarity_.limits.distance);
  EXPECT_EQ(back->limits.sharpness, familiarity_.limits.sharpness);
  EXPECT_EQ(to_json(*back), to_json(familiarity_));
  EXPECT_FALSE(read_back({{"format", "x"}}, {})) << "an older file";
}

TEST_F(FamiliarityInAFileTest, DamageIsRefused) {
  const std::string json = to_json(familiarity_);
  std::vector<TensorBytes> tensors = familiarity_tensors(familiarity_);
  EXPECT_THROW(read_back({{kFamiliarityKey, "{}"}}, tensors), Error);
  EXPECT_THROW(read_back({{kFamiliarityKey, json}}, {}), Error);
  familiarity_.gaussian.covariance[0] = std::nan("");
  EXPECT_THROW(read_back({{kFamiliarityKey, json}}, tensors), Error);
  familiarity_.gaussian.covariance[0] = -1;
  EXPECT_THROW(read_back({{kFamiliarityKey, json}}, tensors), Error);
}

}  // namespace
}  // namespace unmask
