#include "data/faces/face_tracks.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace unmask {
namespace {

constexpr double kSameFace = 0.3;       // IoU of doubled boxes
constexpr std::size_t kLongestGap = 8;  // frames
constexpr double kSamePlace = 0.5;      // IoU of boxes, after a longer gap
constexpr double kShownByMask = 0.1;

double area(const DetectedFace& face) {
  return std::max(0.0, face.right - face.left + 1.0) * std::max(0.0, face.bottom - face.top + 1.0);
}

DetectedFace doubled(const DetectedFace& face) {
  const int width = (face.right - face.left + 1) / 2, height = (face.bottom - face.top + 1) / 2;
  return {face.left - width, face.top - height, face.right + width, face.bottom + height, face.score};
}

struct Track {
  DetectedFace last;
  std::size_t last_frame = 0, length = 0;
  double altered = 0, area = 0;
};

/// Gives the faces of a frame to tracks, the best overlap first; `of_face` gets the tracks' indices.
void extend_tracks(std::vector<Track>& tracks, std::size_t frame, const std::vector<FoundFace>& faces,
                   std::vector<std::uint32_t>& of_face) {
  std::vector<std::tuple<bool, double, std::size_t, std::size_t>> pairs;  // seen long ago, −overlap, track, face
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    const bool long_ago = frame - tracks[t].last_frame > kLongestGap;
    for (std::size_t f = 0; f < faces.size(); ++f) {
      const double same = overlap(doubled(tracks[t].last), doubled(faces[f].face));
      const bool goes_on = long_ago ? overlap(tracks[t].last, faces[f].face) >= kSamePlace : same >= kSameFace;
      if (goes_on) pairs.emplace_back(long_ago, -same, t, f);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::size_t> track_of(faces.size(), tracks.size());
  std::vector<bool> taken(tracks.size(), false);
  for (const auto& [long_ago, same, t, f] : pairs) {
    if (taken[t] || track_of[f] != taken.size()) continue;
    taken[t] = true;
    track_of[f] = t;
  }
  for (std::size_t f = 0; f < faces.size(); ++f) {
    if (track_of[f] == taken.size()) {
      track_of[f] = tracks.size();
      tracks.emplace_back();
    }
    Track& track = tracks[track_of[f]];
    track.last = faces[f].face;
    track.last_frame = frame;
    ++track.length;
    track.altered += faces[f].altered;
    track.area += area(faces[f].face);
    of_face.push_back(static_cast<std::uint32_t>(track_of[f]));
  }
}

}  // namespace

double overlap(const DetectedFace& a, const DetectedFace& b) {
  const double both = area(
      {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right), std::min(a.bottom, b.bottom), 0});
  const double either = area(a) + area(b) - both;
  return either > 0 ? both / either : 0;
}

std::vector<std::vector<std::uint32_t>> face_tracks(std::span<const std::vector<FoundFace>> found) {
  std::vector<Track> tracks;
  std::vector<std::vector<std::uint32_t>> result(found.size());
  for (std::size_t frame = 0; frame < found.size(); ++frame) {
    extend_tracks(tracks, frame, found[frame], result[frame]);
  }
  std::vector<std::uint32_t> order(tracks.size());
  std::iota(order.begin(), order.end(), 0);
  const auto rank = [&](std::uint32_t t) {
    const auto length = static_cast<double>(tracks[t].length);
    return std::tuple(-tracks[t].altered, -length, -tracks[t].area / length, t);
  };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
  std::vector<std::uint32_t> number(tracks.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) number[order[i]] = i;
  for (std::vector<std::uint32_t>& frame : result) {
    for (std::uint32_t& track : frame) track = number[track];
  }
  return result;
}

std::vector<ChosenFace> choose_faces(FaceChoice choice, std::span<const std::vector<FoundFace>> found) {
  const bool per_frame = choice == FaceChoice::kLargest || choice == FaceChoice::kBest;
  const std::vector<std::vector<std::uint32_t>> tracks =
      per_frame ? std::vector<std::vector<std::uint32_t>>{} : face_tracks(found);
  std::vector<ChosenFace> chosen;
  for (std::size_t frame = 0; frame < found.size(); ++frame) {
    const std::vector<FoundFace>& faces = found[frame];
    if (faces.empty()) continue;
    if (per_frame) {
      const auto best = std::max_element(faces.begin(), faces.end(), [&](const FoundFace& a, const FoundFace& b) {
        return choice == FaceChoice::kBest ? a.face.score < b.face.score : area(a.face) < area(b.face);
      });
      chosen.push_back({frame, static_cast<std::size_t>(best - faces.begin()), 0});
    } else if (choice == FaceChoice::kAll) {
      for (std::size_t face = 0; face < faces.size(); ++face) chosen.push_back({frame, face, tracks[frame][face]});
    } else {
      const auto shown = std::max_element(faces.begin(), faces.end(),
                                          [](const FoundFace& a, const FoundFace& b) { return a.altered < b.altered; });
      const auto main = std::find(tracks[frame].begin(), tracks[frame].end(), 0u);
      if (shown->altered >= kShownByMask) {
        chosen.push_back({frame, static_cast<std::size_t>(shown - faces.begin()), 0});
      } else if (main != tracks[frame].end()) {
        chosen.push_back({frame, static_cast<std::size_t>(main - tracks[frame].begin()), 0});
      }
    }
  }
  return chosen;
}

}  // namespace unmask
