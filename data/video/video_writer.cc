#include "data/video/video_writer.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "base/error.h"
#include "data/frames/libav_handles.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace unmask {
namespace {

const AVCodec* encoder() { return avcodec_find_encoder_by_name("libx264"); }

[[noreturn]] void fail(const std::string& what, int result) {
  char words[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(result, words, sizeof words);
  throw Error(ErrorKind::kFailed, "a video can't be written: " + what + ": " + words);
}

void must(const std::string& what, int result) {
  if (enough_memory(result) < 0) fail(what, result);
}

/// By BT.601 with a limited range, in whole numbers: libswscale and OpenCV take other code on another processor.
void fill(AVFrame& frame, const cv::Mat& picture) {
  for (int y = 0; y < frame.height; ++y) {
    const auto* from = picture.ptr<cv::Vec3b>(y);
    std::uint8_t* luma = frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0];
    for (int x = 0; x < frame.width; ++x) {
      const int b = from[x][0], g = from[x][1], r = from[x][2];
      luma[x] = static_cast<std::uint8_t>(((66 * r + 129 * g + 25 * b + 128) >> 8) + 16);
    }
  }
  for (int y = 0; y < frame.height / 2; ++y) {
    const auto *upper = picture.ptr<cv::Vec3b>(2 * y), *lower = picture.ptr<cv::Vec3b>(2 * y + 1);
    std::uint8_t* blue = frame.data[1] + std::ptrdiff_t{y} * frame.linesize[1];
    std::uint8_t* red = frame.data[2] + std::ptrdiff_t{y} * frame.linesize[2];
    for (int x = 0; x < frame.width / 2; ++x) {
      int four[3];  // sums of four pixels
      for (int c = 0; c < 3; ++c)
        four[c] = upper[2 * x][c] + upper[2 * x + 1][c] + lower[2 * x][c] + lower[2 * x + 1][c];
      const int b = four[0], g = four[1], r = four[2];
      blue[x] = static_cast<std::uint8_t>(((-38 * r - 74 * g + 112 * b + 512) >> 10) + 128);
      red[x] = static_cast<std::uint8_t>(((112 * r - 94 * g - 18 * b + 512) >> 10) + 128);
    }
  }
}

LibavHandle<AVCodecContext> open_encoder(const VideoForm& form) {
  auto context = owned(avcodec_alloc_context3(encoder()));
  context->width = form.width, context->height = form.height;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->time_base = {1, form.ticks_per_s}, context->framerate = {form.ticks_per_s, form.picture_ticks};
  context->color_range = AVCOL_RANGE_MPEG;
  context->colorspace = AVCOL_SPC_SMPTE170M;
  context->color_primaries = AVCOL_PRI_SMPTE170M, context->color_trc = AVCOL_TRC_SMPTE170M;
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  const std::string few = form.quick ? ":bframes=0:rc-lookahead=5:sync-lookahead=0" : "";
  must("crf", av_opt_set(context->priv_data, "crf", std::to_string(form.crf).c_str(), 0));
  must("preset", av_opt_set(context->priv_data, "preset", form.quick ? "veryfast" : "medium", 0));
  must("x264-params", av_opt_set(context->priv_data, "x264-params", ("cpu-independent=1" + few).c_str(), 0));
  must("libx264 doesn't open", avcodec_open2(context.get(), nullptr, nullptr));
  return context;
}

}  // namespace

struct VideoWriter::Impl {
  PutBytes put;
  VideoForm form;
  LibavHandle<AVCodecContext> context;
  LibavHandle<AVPacket> packet = owned(av_packet_alloc());
  AVIOContext* io = nullptr;
  AVFormatContext* format = nullptr;
  std::int64_t at = 0, size = 0;  // of the file
  std::exception_ptr thrown;      // by put, on its way past libav

  Impl(const VideoForm& given, PutBytes place) : put(std::move(place)), form(given), context(open_encoder(given)) {}
  ~Impl() {
    if (format != nullptr) avformat_free_context(format);
    if (io != nullptr) av_freep(&io->buffer);
    avio_context_free(&io);
  }

  static int write(void* self, std::uint8_t* bytes, int count) {
    auto& file = *static_cast<Impl*>(self);
    if (file.thrown) return AVERROR(EIO);
    try {
      file.put(static_cast<std::size_t>(file.at), std::as_bytes(std::span(bytes, static_cast<std::size_t>(count))));
    } catch (...) {
      file.thrown = std::current_exception();
      return AVERROR(EIO);
    }
    file.at += count;
    file.size = std::max(file.size, file.at);
    return count;
  }
  static std::int64_t seek(void* self, std::int64_t offset, int whence) {
    auto& file = *static_cast<Impl*>(self);
    if ((whence & AVSEEK_SIZE) != 0) return file.size;
    if (whence == SEEK_CUR) offset += file.at;
    if (whence == SEEK_END) offset += file.size;
    if (offset < 0 || offset > file.size) return AVERROR(EINVAL);
    return file.at = offset;
  }

  /// `put`'s own exception before libav's word for it, which may come later.
  void must_write(const std::string& what, int result) {
    if (thrown) std::rethrow_exception(thrown);
    must(what, result);
  }

  void open() {
    constexpr int kBufferBytes = 1 << 18;
    auto* const buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
    if (buffer == nullptr) throw std::bad_alloc();
    io = avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, &Impl::write, &Impl::seek);
    if (io == nullptr) {
      av_free(buffer);
      throw std::bad_alloc();
    }
    must("MP4", avformat_alloc_output_context2(&format, nullptr, "mp4", nullptr));
    format->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
    format->pb = io;
    AVStream* stream = avformat_new_stream(format, nullptr);
    if (stream == nullptr) throw std::bad_alloc();
    stream->time_base = context->time_base, stream->avg_frame_rate = context->framerate;
    must("MP4's stream", avcodec_parameters_from_context(stream->codecpar, context.get()));
    must_write("MP4's header", avformat_write_header(format, nullptr));
  }

  /// What the encoder has ready; all of it after the last picture (nullptr).
  void encode(const AVFrame* frame) {
    must("libx264", avcodec_send_frame(context.get(), frame));
    int result = 0;
    while ((result = avcodec_receive_packet(context.get(), packet.get())) >= 0) {
      packet->duration = form.picture_ticks;
      av_packet_rescale_ts(packet.get(), context->time_base, format->streams[0]->time_base);
      must_write("MP4", av_write_frame(format, packet.get()));
      av_packet_unref(packet.get());
    }
    if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) must("libx264", result);
  }
};

VideoWriter::VideoWriter(const VideoForm& form, PutBytes put) {
  av_log_set_level(AV_LOG_ERROR);  // x264 tells its statistics
  impl_ = std::make_unique<Impl>(form, std::move(put));
  impl_->open();
}
VideoWriter::~VideoWriter() = default;

void VideoWriter::add(const cv::Mat& picture, std::int64_t time) {
  const auto frame = owned(av_frame_alloc());
  frame->width = impl_->form.width, frame->height = impl_->form.height, frame->format = impl_->context->pix_fmt;
  must("a frame", av_frame_get_buffer(frame.get(), 0));
  fill(*frame, picture);
  frame->pts = time;
  impl_->encode(frame.get());
}

void VideoWriter::finish() {
  impl_->encode(nullptr);
  impl_->must_write("MP4's end", av_write_trailer(impl_->format));
  avio_flush(impl_->io);
  impl_->must_write("MP4's end", impl_->io->error);
}

void require_video_encoder(const std::string& instead) {
  if (encoder() != nullptr) return;
  throw Error(
      ErrorKind::kFailed,
      "this machine's libavcodec has no encoder libx264, so no videos can be written: install Debian's or Ubuntu's "
      "libavcodec, which has it, or " +
          instead);
}

std::vector<std::uint8_t> video_file(std::span<const cv::Mat> pictures, int crf) {
  std::vector<std::uint8_t> file;
  VideoForm form;
  form.width = pictures[0].cols & ~1, form.height = pictures[0].rows & ~1;
  form.crf = crf;
  VideoWriter video(form, [&](std::size_t offset, std::span<const std::byte> bytes) {
    file.resize(std::max(file.size(), offset + bytes.size()));
    std::ranges::transform(bytes, file.begin() + static_cast<std::ptrdiff_t>(offset),
                           [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  });
  for (std::size_t i = 0; i < pictures.size(); ++i) video.add(pictures[i], static_cast<std::int64_t>(i));
  video.finish();
  return file;
}

}  // namespace unmask
