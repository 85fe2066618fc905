// Which of the faces that are found in a picture is one that was found there before. Pure.
//
//   if (const auto face = same_face(stored.box, boxes)) use(crops[*face]);
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "data/sample.h"

namespace unmask {

/// The one of `found` that overlaps `face` most, if their common area is 0.3 or more of the area of both together;
/// nothing: the face wasn't found again. The first of equal ones.
std::optional<std::size_t> same_face(const FaceBox& face, std::span<const FaceBox> found);

}  // namespace unmask
