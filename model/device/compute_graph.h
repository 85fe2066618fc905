// What a piece of work enqueues on a device, recorded once and then enqueued again as a whole: a GPU's graph.
//
//   graph->begin();
//   work();              // calls graph->cut() where the host wants to do something between
//   graph->end();
//   for (std::size_t part = 0; part < 2; ++part) graph->play(part);
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace unmask {

/// The work is operators on tensors, and autograd's; no copy from or to the host, and nothing that makes the host wait.
/// Tensors that it reads must live as long as the graph, at their places; what it makes is at the same place in every
/// play, as long as somebody holds it. Nothing of it is computed while it is recorded.
/// THREAD: one, but for cut.
class ComputeGraph {
 public:
  virtual ~ComputeGraph() = default;
  /// What the calling thread enqueues from now on is recorded, its backward passes too.
  /// All but abandon THROW where something can't be recorded or played.
  virtual void begin() = 0;
  /// Ends a part and begins the next one. Within a hook of autograd too, on its thread.
  virtual void cut() = 0;
  virtual void end() = 0;
  /// Instead of end, where the work threw: the thread enqueues as before, and nothing can be played.
  virtual void abandon() noexcept = 0;
  /// Enqueues a part, by number, on the default stream. Parts are played in their order, all of them.
  virtual void play(std::size_t part) = 0;
};

/// Of the same maker's graphs one is played at a time: they share the memory of what nobody holds.
using GraphMaker = std::function<std::unique_ptr<ComputeGraph>()>;

}  // namespace unmask
