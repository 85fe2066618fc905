// libav's objects, each freed by its owner; and what its calls return.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <new>

namespace unmask {

struct LibavDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
template <class T>
using LibavHandle = std::unique_ptr<T, LibavDeleter>;

/// THROWS std::bad_alloc where libav found no memory; else gives `result` back.
inline int enough_memory(int result) {
  if (result == AVERROR(ENOMEM)) throw std::bad_alloc();
  return result;
}
template <class T>
LibavHandle<T> owned(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return LibavHandle<T>(object);
}

}  // namespace unmask
