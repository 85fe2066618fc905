// Copies of judged videos that show people what was seen and said: a box around each person's face in the verdict's
// colour (vermilion: fake, blue: no manipulation found, grey: cannot judge), thick where the frame itself was judged.
//
//   const std::vector<std::string> names = verdict_video_names(files);
//   if (has_verdict_video(input)) write_verdict_video(files[i], input, folder / names[i], decoder, each);
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/frames/media_decoder.h"
#include "model/score/verdict.h"

namespace unmask {

/// A name for the copy of each file: its number in the list, from 1, and what of its own name is harmless on every
/// system: "0007-clip.mp4". Different for all of them. Pure.
std::vector<std::string> verdict_video_names(std::span<const std::filesystem::path> files);

/// Before the work: makes `folder`. THROWS Error(kFailed) where no copies can be written there, or no H.264 at all;
/// Error(kUsage) where a copy would take the place of one of `files`.
void require_verdict_videos(const std::filesystem::path& folder, std::span<const std::filesystem::path> files,
                            std::span<const std::string> names);

/// Is there a copy of it: of a video of which a frame could be read?
bool has_verdict_video(const JudgedInput& input);

/// H.264 in MP4 without sound, the frames at their times in the video's size; an odd side gets a pixel more, a side of
/// more than 8192 px is scaled down to it. A frame that can't be read isn't there: the one before stays on the screen.
/// At most 10 s of it, whatever the video's times say. The same bytes for the same `video` and `input` whoever writes
/// it. The target is whole or absent. `each` is called after each frame, and while one is waited for, and may throw to
/// stop. False, and nothing is written, where the video can't be read any more. THROWS Error(kFailed) naming the file
/// where it can't be written, or no decoder be started.
bool write_verdict_video(const std::filesystem::path& video, const JudgedInput& input,
                         const std::filesystem::path& target, const DecoderOptions& decoder,
                         const std::function<void()>& each);

}  // namespace unmask
