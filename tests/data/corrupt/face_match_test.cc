#include "data/corrupt/face_match.h"

#include <gtest/gtest.h>

#include <vector>

namespace unmask {
namespace {

TEST(FaceMatchTest, TheOneThatOverlapsMost) {
  const FaceBox face = {100, 100, 50, 50};
  const std::vector<FaceBox> found = {{130, 100, 50, 50}, {104, 98, 52, 52}, {104, 98, 52, 52}, {0, 0, 40, 40}};
  EXPECT_EQ(same_face(face, found), 1u);
}

TEST(FaceMatchTest, AFaceElsewhereIsAnother) {
  const FaceBox face = {100, 100, 50, 50};
  EXPECT_FALSE(same_face(face, {}));
  EXPECT_FALSE(same_face(face, std::vector<FaceBox>{{150, 100, 50, 50}}));  // beside it
  EXPECT_FALSE(same_face(face, std::vector<FaceBox>{{0, 0, 400, 400}}));    // far larger
  // 50 × 27 in common of 50 × 73 is 0.37, 50 × 22 of 50 × 78 is 0.28.
  EXPECT_TRUE(same_face(face, std::vector<FaceBox>{{123, 100, 50, 50}}));
  EXPECT_FALSE(same_face(face, std::vector<FaceBox>{{128, 100, 50, 50}}));
  EXPECT_FALSE(same_face({}, std::vector<FaceBox>{{}}));
}

}  // namespace
}  // namespace unmask
