// A frame that a layout found by its name alone; nobody has opened its file yet.
#pragma once

#include "data/frame_source.h"
#include "data/sample.h"

namespace unmask {

struct FrameEntry {
  FrameSource source;  // whatever lies there is listed; what it is shows when it is read
  FrameInfo info;      // all but box, detector and status
};

}  // namespace unmask
