// What `unmask prepare` has to do, as plain values: sources, the clips that they are, and units of work that the ranks
// share. Pure.
//
//   const PreparePlan plan = make_plan(listing, facts);  // on every rank, from the same listing and facts
//   for (const std::size_t unit : units_of_rank(plan, rank, world))
//     for (const PrepareClip& clip : plan.units[unit].clips) …  // in the order of their rows
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/layouts/layout.h"
#include "data/prepare/prepare_options.h"
#include "data/sample.h"

namespace unmask {

/// What the file system tells of a source without opening it.
struct PrepareSource {
  SourceEntry entry;       // file: below the listing's folder
  std::uint32_t type = 0;  // S_IFMT bits of what is there; 0: nothing
  std::uint64_t bytes = 0;
  std::int64_t time_ns = 0;  // of its last change
};

/// The sources of one dataset, next to each other.
struct PrepareDataset {
  std::string name;
  std::size_t first = 0, count = 0;  // in PrepareListing::sources
  std::string digest;                // of options and sources (names, sizes, times): parts of another plan don't fit
  bool done = false;                 // prepared.crops of this very plan is there already
};

struct PrepareListing {
  PrepareOptions options;
  std::string layout;
  std::filesystem::path folder;  // the tree; of a list, the folder in which it lies
  std::string detector_version;
  std::vector<PrepareSource> sources;  // sorted as Layout::list() says
  std::vector<PrepareDataset> datasets;
};

/// What looking into a video told. Of pictures nothing is asked before the work.
struct SourceFacts {
  FrameStatus status = FrameStatus::kOk;
  std::string problem;
  std::int64_t frames = 0;
  double duration_s = 0;
  std::int32_t width = 0, height = 0;
  std::string digest;  // of the file, as FrameInfo::source_digest; "" where it can't be read
};

/// Frames that are looked at in order, as one video or as a piece of one.
struct PrepareClip {
  std::vector<std::size_t> sources;    // a video file; or pictures, in the order of their numbers
  std::vector<std::uint32_t> numbers;  // of a video file: which frames of it; else empty
  std::size_t rows() const { return numbers.empty() ? sources.size() : numbers.size(); }
  bool operator==(const PrepareClip&) const = default;
};

/// Clips of a dataset that make one part file.
struct PrepareUnit {
  std::size_t dataset = 0;  // index into PrepareListing::datasets
  std::size_t number = 0;   // within the dataset
  std::vector<PrepareClip> clips;
  double cost_s = 0;      // a guess, to share the work evenly
  bool is_there = false;  // its part was found when the work began: it is looked through, and made again if damaged
};

struct PreparePlan {
  PrepareListing listing;
  std::vector<SourceFacts> facts;  // [sources]
  std::vector<PrepareUnit> units;  // of datasets that aren't done, in the order of their rows
};

/// Videos whose frames are files, and video files, become clips; clips become units of `unit_frames` frames or more.
/// A long video is cut into pieces: of 512 frames with faces = "best" or "largest", which are rules of a frame alone;
/// else of 4,096, each with a main person of its own.
PreparePlan make_plan(PrepareListing listing, std::vector<SourceFacts> facts);

/// Whether a look into the source tells how many frames it has.
bool is_probed(const PrepareListing& listing, std::size_t source);
/// Indices of the sources that `rank` of `world` looks into.
std::vector<std::size_t> probes_of_rank(const PrepareListing& listing, int rank, int world);

/// Which parts are there already, a character a unit, as rank zero sees it; and the plan with that known.
std::string parts_there(const PreparePlan& plan);
void mark_there(PreparePlan& plan, const std::string& there);

/// Indices of the units that `rank` of `world` works on: the longest first, each to the rank that has the least so far.
std::vector<std::size_t> units_of_rank(const PreparePlan& plan, int rank, int world);

/// The frame of a clip, before anybody looked at it: what names and lists tell.
FrameInfo frame_of(const PreparePlan& plan, const PrepareClip& clip, std::size_t row);
/// The file, as it is opened.
std::filesystem::path file_of(const PrepareListing& listing, std::size_t source);

/// How the crops of a dataset are made (preprocessing.h), by rank zero's detector or by one of that version.
std::string preprocessing_of(const PrepareListing& listing, const PrepareDataset& dataset);
std::string preprocessing_of(const PrepareListing& listing, const PrepareDataset& dataset,
                             const std::string& detector_version);

/// Beside the finished store: the digest of the plan that it comes from.
std::filesystem::path plan_file(const PrepareListing& listing, const PrepareDataset& dataset);
/// Finished parts of any plan of this dataset; within it a folder for each plan.
std::filesystem::path parts_folder(const PrepareListing& listing, const PrepareDataset& dataset);
std::filesystem::path part_file(const PreparePlan& plan, const PrepareUnit& unit);

std::int64_t frames_of(const PrepareUnit& unit);

}  // namespace unmask
