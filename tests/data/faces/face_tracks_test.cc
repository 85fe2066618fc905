#include "data/faces/face_tracks.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Found = std::vector<std::vector<FoundFace>>;

FoundFace at(int x, int y, int side, double score = 1, double altered = 0) {
  return {{x, y, x + side - 1, y + side - 1, score}, altered};
}

/// frame, face, track of each.
std::vector<ChosenFace> chosen(FaceChoice choice, const Found& found) { return choose_faces(choice, found); }

TEST(FaceTracks, OverlapIsIntersectionOverUnion) {
  EXPECT_DOUBLE_EQ(overlap({0, 0, 9, 9, 0}, {0, 0, 9, 9, 0}), 1);
  EXPECT_DOUBLE_EQ(overlap({0, 0, 9, 9, 0}, {5, 0, 14, 9, 0}), 50.0 / 150);
  EXPECT_DOUBLE_EQ(overlap({0, 0, 9, 9, 0}, {10, 0, 19, 9, 0}), 0);
  EXPECT_DOUBLE_EQ(overlap({0, 0, 9, 9, 0}, {2, 2, 6, 6, 0}), 0.25);
}

TEST(FaceTracks, FollowsPeopleWhoeverComesFirstInAFrame) {
  // Two people side by side; the better score changes from frame to frame.
  const Found found = {
      {at(0, 0, 50), at(200, 0, 60)}, {at(205, 4, 60), at(10, 0, 50)}, {at(20, 0, 50), at(210, 8, 60)}};
  EXPECT_EQ(face_tracks(found), (std::vector<std::vector<std::uint32_t>>{{1, 0}, {0, 1}, {1, 0}}));
  EXPECT_EQ(chosen(FaceChoice::kAll, found),
            (std::vector<ChosenFace>{{0, 0, 1}, {0, 1, 0}, {1, 0, 0}, {1, 1, 1}, {2, 0, 1}, {2, 1, 0}}));
  EXPECT_EQ(chosen(FaceChoice::kTracked, found), (std::vector<ChosenFace>{{0, 1, 0}, {1, 0, 0}, {2, 1, 0}}));
}

TEST(FaceTracks, AFaceMayMoveByItsOwnWidthButNotFarther) {
  EXPECT_EQ(face_tracks(Found{{at(0, 0, 50)}, {at(50, 0, 50)}}), (std::vector<std::vector<std::uint32_t>>{{0}, {0}}));
  EXPECT_EQ(face_tracks(Found{{at(0, 0, 50)}, {at(60, 0, 50)}}), (std::vector<std::vector<std::uint32_t>>{{0}, {1}}));
}

/// The track of a face that is seen, then not for some frames, then again so many pixels beside.
std::uint32_t track_after(std::size_t apart, int moved) {
  Found found(apart + 1);
  found.front() = {at(0, 0, 50)};
  found.back() = {at(moved, 0, 50)};
  return face_tracks(found).back().front();
}

TEST(FaceTracks, GoesOverAGapOfEightFramesAndOverAnyWhereTheFaceStayed) {
  for (const int moved : {0, 16, 17, 50}) {
    EXPECT_EQ(track_after(8, moved), 0u) << moved;
    EXPECT_EQ(track_after(9, moved), moved <= 16 ? 0u : 1u) << moved;  // 34 of 66 pixels are more than half
    EXPECT_EQ(track_after(500, moved), moved <= 16 ? 0u : 1u) << moved;
  }
}

TEST(FaceTracks, WhoWasThereJustNowComesBeforeWhoWasThereLongAgo) {
  // One sits at 0 and is gone; another comes step by step and sits down there.
  Found found = {{at(0, 0, 50), at(200, 0, 50)}};
  for (int frame = 1; frame <= 20; ++frame) found.push_back({at(200 - 10 * frame, 0, 50)});
  EXPECT_EQ(face_tracks(found).front(), (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(face_tracks(found).back(), (std::vector<std::uint32_t>{0}));
}

TEST(FaceTracks, TheMainTrackIsTheLongestThenTheLargest) {
  // One who is large for two frames, one who is small for three.
  Found found = {{at(0, 0, 90, 2), at(300, 0, 40)}, {at(0, 0, 90, 2), at(300, 0, 40)}, {at(300, 0, 40)}};
  EXPECT_EQ(chosen(FaceChoice::kTracked, found), (std::vector<ChosenFace>{{0, 1, 0}, {1, 1, 0}, {2, 0, 0}}));
  found.pop_back();
  EXPECT_EQ(chosen(FaceChoice::kTracked, found), (std::vector<ChosenFace>{{0, 0, 0}, {1, 0, 0}}));
}

TEST(FaceTracks, AFrameWithoutTheMainPersonHasNoCrop) {
  const Found found = {{at(0, 0, 50)}, {at(0, 0, 50)}, {at(400, 0, 80)}, {}, {at(0, 0, 50)}};
  EXPECT_EQ(chosen(FaceChoice::kTracked, found), (std::vector<ChosenFace>{{0, 0, 0}, {1, 0, 0}, {4, 0, 0}}));
}

TEST(FaceTracks, TheMaskSaysWho) {
  // The altered one is smaller and there for a shorter time; in the last frame the mask is empty.
  const Found found = {{at(0, 0, 90), at(300, 0, 40, 1, 0.9)},
                       {at(0, 0, 90)},
                       {at(0, 0, 90), at(300, 0, 40, 1, 0.9)},
                       {at(0, 0, 90), at(300, 0, 40)}};
  EXPECT_EQ(chosen(FaceChoice::kTracked, found), (std::vector<ChosenFace>{{0, 1, 0}, {2, 1, 0}, {3, 1, 0}}));
  // The other rules don't ask it.
  EXPECT_EQ(chosen(FaceChoice::kLargest, found).front(), (ChosenFace{0, 0, 0}));
}

TEST(FaceTracks, LargestAndBestAreRulesOfAFrame) {
  const Found found = {{at(0, 0, 50, 3), at(200, 0, 60, 1)}, {}, {at(0, 0, 50, 1), at(200, 0, 60, 2)}};
  EXPECT_EQ(chosen(FaceChoice::kBest, found), (std::vector<ChosenFace>{{0, 0, 0}, {2, 1, 0}}));
  EXPECT_EQ(chosen(FaceChoice::kLargest, found), (std::vector<ChosenFace>{{0, 1, 0}, {2, 1, 0}}));
}

TEST(FaceTracks, NothingFoundIsNothingChosen) {
  for (const FaceChoice choice : {FaceChoice::kTracked, FaceChoice::kLargest, FaceChoice::kBest, FaceChoice::kAll}) {
    EXPECT_TRUE(chosen(choice, {}).empty());
    EXPECT_TRUE(chosen(choice, Found(3)).empty());
  }
}

}  // namespace
}  // namespace unmask
