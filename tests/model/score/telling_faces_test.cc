#include "model/score/telling_faces.h"

#include <string>

#include <gtest/gtest.h>

namespace unmask {
namespace {

std::vector<ScoredFace> faces_of(const std::vector<std::pair<std::uint32_t, double>>& track_and_score) {
  std::vector<ScoredFace> faces;
  for (const auto& [track, score] : track_and_score) {
    faces.push_back({});
    faces.back().track = track;
    faces.back().score = score;
  }
  return faces;
}

std::string told(const std::vector<TellingFace>& telling) {
  std::string text;
  for (const TellingFace& each : telling) text += (each.for_fake ? "+" : "-") + std::to_string(each.face);
  return text;
}

TEST(TellingFacesTest, AreTheHighestAndTheLowestOfEachPerson) {
  const auto faces = faces_of({{0, 0.5}, {1, 0.9}, {0, 0.1}, {0, 0.7}, {0, 0.7}, {0, 0.2}, {1, 0.8}, {0, 0.6}});
  EXPECT_EQ(told(telling_faces(faces, 2)), "+3+4-2-5+1-6");
  EXPECT_EQ(told(telling_faces(faces, 9)), "+3+4+7-2-5-0+1-6") << "none is shown twice";
  EXPECT_EQ(told(telling_faces(faces, 1, 1)), "+3-2");
}

TEST(TellingFacesTest, ALoneFaceIsShownOnceAndEqualOnesInOrder) {
  EXPECT_EQ(told(telling_faces(faces_of({{4, 0.2}}))), "+0");
  EXPECT_EQ(told(telling_faces(faces_of({{0, 0.5}, {0, 0.5}, {0, 0.5}, {0, 0.5}}), 1)), "+0-1");
  EXPECT_EQ(told(telling_faces({})), "");
}

}  // namespace
}  // namespace unmask
