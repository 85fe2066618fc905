#include "data/synth/synth_video.h"

#include <string>

#include "base/error.h"
#include "data/frames/libav_handles.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace unmask::synth {
namespace {

const AVCodec* encoder() { return avcodec_find_encoder_by_name("libx264"); }

[[noreturn]] void fail(const std::string& what, int result) {
  char words[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(result, words, sizeof words);
  throw Error(ErrorKind::kFailed, "synth: " + what + ": " + words);
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

LibavHandle<AVCodecContext> open_encoder(int width, int height, int crf) {
  require_video_encoder();
  auto context = owned(avcodec_alloc_context3(encoder()));
  context->width = width, context->height = height;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->time_base = {1, kVideoRate}, context->framerate = {kVideoRate, 1};
  context->color_range = AVCOL_RANGE_MPEG;
  context->colorspace = AVCOL_SPC_SMPTE170M;
  context->color_primaries = AVCOL_PRI_SMPTE170M, context->color_trc = AVCOL_TRC_SMPTE170M;
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  must("crf", av_opt_set(context->priv_data, "crf", std::to_string(crf).c_str(), 0));
  must("preset", av_opt_set(context->priv_data, "preset", "medium", 0));
  must("x264-params", av_opt_set(context->priv_data, "x264-params", "cpu-independent=1", 0));
  must("libx264 doesn't open", avcodec_open2(context.get(), nullptr, nullptr));
  return context;
}

/// An MP4 file in memory.
class Mp4 {
 public:
  explicit Mp4(const AVCodecContext& encoder) : encoder_(encoder) {
    must("MP4", avformat_alloc_output_context2(&format_, nullptr, "mp4", nullptr));
    format_->flags |= AVFMT_FLAG_BITEXACT;
    AVStream* stream = avformat_new_stream(format_, nullptr);
    if (stream == nullptr) throw std::bad_alloc();
    stream->time_base = encoder.time_base, stream->avg_frame_rate = encoder.framerate;
    must("MP4's stream", avcodec_parameters_from_context(stream->codecpar, &encoder));
    must("MP4", avio_open_dyn_buf(&format_->pb));
    must("MP4's header", avformat_write_header(format_, nullptr));
  }
  ~Mp4() {
    if (format_ == nullptr) return;
    if (format_->pb != nullptr) take_bytes();
    avformat_free_context(format_);
  }
  Mp4(const Mp4&) = delete;
  Mp4& operator=(const Mp4&) = delete;

  void add(AVPacket& packet) {
    av_packet_rescale_ts(&packet, encoder_.time_base, format_->streams[0]->time_base);
    must("MP4", av_write_frame(format_, &packet));
  }
  std::vector<std::uint8_t> finish() {
    must("MP4's end", av_write_trailer(format_));
    return take_bytes();
  }

 private:
  std::vector<std::uint8_t> take_bytes() {
    std::uint8_t* bytes = nullptr;
    const int size = avio_close_dyn_buf(format_->pb, &bytes);
    format_->pb = nullptr;
    std::vector<std::uint8_t> copy(bytes, bytes + size);
    av_free(bytes);
    return copy;
  }

  const AVCodecContext& encoder_;
  AVFormatContext* format_ = nullptr;
};

/// What the encoder has ready; all of it after the last picture (nullptr).
void encode(AVCodecContext& encoder, const AVFrame* frame, AVPacket& packet, Mp4& file) {
  must("libx264", avcodec_send_frame(&encoder, frame));
  int result = 0;
  while ((result = avcodec_receive_packet(&encoder, &packet)) >= 0) {
    packet.duration = 1;  // in the encoder's time base
    file.add(packet);
    av_packet_unref(&packet);
  }
  if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) must("libx264", result);
}

}  // namespace

void require_video_encoder() {
  if (encoder() != nullptr) return;
  throw Error(
      ErrorKind::kFailed,
      "synth: this machine's libavcodec has no encoder libx264, so no videos can be written: install Debian's or "
      "Ubuntu's libavcodec, which has it, or leave the videos out with --no-videos");
}

std::vector<std::uint8_t> video_file(std::span<const cv::Mat> pictures, int crf) {
  av_log_set_level(AV_LOG_ERROR);  // x264 tells its statistics
  const int width = pictures[0].cols & ~1, height = pictures[0].rows & ~1;
  const auto context = open_encoder(width, height, crf);
  Mp4 file(*context);
  const auto packet = owned(av_packet_alloc());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto frame = owned(av_frame_alloc());
    frame->width = width, frame->height = height, frame->format = context->pix_fmt;
    must("a frame", av_frame_get_buffer(frame.get(), 0));
    fill(*frame, pictures[i]);
    frame->pts = static_cast<std::int64_t>(i);
    encode(*context, frame.get(), *packet, file);
  }
  encode(*context, nullptr, *packet, file);
  return file.finish();
}

}  // namespace unmask::synth
