#include "data/frames/video_decoder.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

extern "C" {
#include <libavutil/cpu.h>
}

#include "data/frames/packet_plan.h"
#include "data/frames/rgb_converter.h"
#include "data/frames/video_file.h"

namespace unmask {
namespace {

/// Decoders whose standard fixes each bit, so that their assembly gives what their C code gives. For the others
/// (MPEG-4's and JPEG's inverse transforms) the assembly is turned off.
bool has_exact_standard(AVCodecID id) {
  return id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC || id == AV_CODEC_ID_VP8 || id == AV_CODEC_ID_VP9 ||
         id == AV_CODEC_ID_AV1;
}

}  // namespace

struct VideoDecoder::Impl {
  FrameLimits limits;
  std::vector<std::uint32_t> wanted;
  std::size_t given = 0;  // of the wanted
  VideoFile video;
  std::optional<ReadFrame> fault;  // of all that is wanted
  PacketPlan plan{{}};
  std::int64_t promised = 0;
  std::vector<bool> needed;
  std::size_t needed_end = 0;  // after the last packet that is needed
  std::int64_t first_time = VideoPacket::kNoTime;

  LibavHandle<AVCodecContext> codec;
  LibavHandle<AVPacket> packet = owned(av_packet_alloc());
  LibavHandle<AVFrame> frame = owned(av_frame_alloc());
  std::optional<RgbConverter> converter;
  std::map<std::uint32_t, LibavHandle<AVFrame>> decoded;  // wanted, by number
  std::size_t next_packet = 0;                            // of the file
  std::size_t last_sent = 0;                              // to the decoder
  bool has_gap = false;                                   // frames that others are predicted from weren't sent
  bool is_draining = false, has_packet = false;
  std::uint32_t awaited = 0;      // no frame before this number comes any more
  std::set<std::size_t> damaged;  // packets

  Impl(int fd, const FrameLimits& frame_limits, std::vector<std::uint32_t> numbers)
      : limits(frame_limits), wanted(std::move(numbers)), video(fd, frame_limits) {
    fault = video.fault();
    if (fault) return;
    promised = video.promised_frames();
    plan = read_plan(video);
    needed = plan.needed_packets(wanted);
    for (std::size_t i = 0; i < needed.size(); ++i) needed_end = needed[i] ? i + 1 : needed_end;
    if (plan.frames() > 0) first_time = plan.packets()[plan.packet_of(0)].time;
    video = VideoFile(fd, limits);  // from its beginning: going back isn't exact in every container
    fault = video.fault();
    if (!fault) open_codec();
  }

  void open_codec() {
    const AVCodecParameters& parameters = *video.stream().codecpar;
    const AVCodec* const decoder = avcodec_find_decoder(parameters.codec_id);
    codec = owned(avcodec_alloc_context3(decoder));
    enough_memory(avcodec_parameters_to_context(codec.get(), &parameters));
    codec->thread_count = 1;
    codec->max_pixels = padded_pixels(limits);
    codec->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_OUTPUT_CORRUPT;
    codec->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
    // A frame by itself is whole or an error; what is predicted goes on with marks at the damaged places.
    if (video.coding() == VideoCoding::kIntraOnly) codec->err_recognition |= AV_EF_EXPLODE;
    // Frames wait for each other as long as they may: a guess of less loses some.
    if (parameters.codec_id == AV_CODEC_ID_H264) codec->has_b_frames = 16;
    av_force_cpu_flags(has_exact_standard(parameters.codec_id) ? -1 : 0);
    if (enough_memory(avcodec_open2(codec.get(), decoder, nullptr)) < 0) {
      fault = unread(FrameStatus::kNotAnImage, std::string("its decoder, ") + decoder->name + ", doesn't take it");
    }
    converter.emplace(video.display_matrix());
  }

  void is_damaged(std::size_t place) {
    if (place < plan.packets().size()) damaged.insert(place);
  }

  /// The next packet that is needed, into `packet`; false if none is left.
  bool read_needed() {
    while (next_packet < needed_end && video.read(*packet)) {
      const std::size_t place = next_packet++;
      if (needed[place]) {
        packet->pts = packet->dts = static_cast<std::int64_t>(place);  // comes back with the frame
        return true;
      }
      has_gap = has_gap || !plan.packets()[place].is_disposable;
    }
    next_packet = needed_end;
    return false;
  }

  void send() {
    last_sent = static_cast<std::size_t>(packet->pts);
    // Without its first marker a JPEG gives the frame before it once more, and no error.
    const bool is_headless = codec->codec_id == AV_CODEC_ID_MJPEG &&
                             (packet->size < 2 || packet->data[0] != 0xFF || packet->data[1] != 0xD8);
    if (is_headless || (packet->flags & AV_PKT_FLAG_CORRUPT) != 0) is_damaged(last_sent);
    const int sent = enough_memory(avcodec_send_packet(codec.get(), packet.get()));
    if (sent < 0 && sent != AVERROR(EAGAIN)) is_damaged(last_sent);
    has_packet = false;
  }

  /// Takes the decoder's next frame; false at the end.
  bool receive() {
    for (;;) {
      const int got = enough_memory(avcodec_receive_frame(codec.get(), frame.get()));
      if (got == 0) {
        if (take()) return true;
      } else if (got == AVERROR_EOF) {
        if (!has_packet) return false;
        avcodec_flush_buffers(codec.get());
        is_draining = has_gap = false;
        send();
      } else {
        if (got != AVERROR(EAGAIN)) is_damaged(last_sent);
        if (is_draining) {
          if (got == AVERROR(EAGAIN)) return false;
          continue;
        }
        if (!has_packet) has_packet = read_needed();
        if (has_packet && !has_gap) {
          send();
        } else {  // a gap, or the end: first what is still inside
          is_draining = true;
          avcodec_send_packet(codec.get(), nullptr);
        }
      }
    }
  }

  /// False: it has no number, or comes too late.
  bool take() {
    const std::int64_t place = frame->pts;
    if (place < 0 || place >= static_cast<std::int64_t>(needed.size())) return false;
    const std::int64_t number = plan.frame_in(static_cast<std::size_t>(place));
    if (number < awaited) return false;
    const bool is_whole = frame->decode_error_flags == 0 && (frame->flags & AV_FRAME_FLAG_CORRUPT) == 0;
    if (!is_whole) is_damaged(static_cast<std::size_t>(place));
    for (; awaited < number; ++awaited) {
      if (needed[plan.packet_of(awaited)]) is_damaged(plan.packet_of(awaited));
    }
    ++awaited;
    if (std::binary_search(wanted.begin(), wanted.end(), static_cast<std::uint32_t>(number))) {
      decoded[static_cast<std::uint32_t>(number)] = std::exchange(frame, owned(av_frame_alloc()));
    }
    return true;
  }

  /// The first frame that this one may be predicted from and that couldn't be decoded; nothing if all could be.
  std::optional<std::size_t> damage_before(std::size_t place) const {
    const std::size_t key = plan.key_of(place);
    for (auto one = damaged.lower_bound(key); one != damaged.end() && *one < place; ++one) {
      const bool is_led = plan.frame_in(*one) >= 0 && plan.frame_in(*one) < plan.frame_in(key);  // shown before the key
      if (!is_led && !plan.packets()[*one].is_disposable) return *one;
    }
    return std::nullopt;
  }

  SeenFrame damaged_frame(std::uint32_t number, const std::string& why) const {
    return {number, time_us(number), FrameStatus::kTruncated, "frame " + std::to_string(number) + " " + why, 0, 0};
  }

  std::int64_t time_us(std::uint32_t number) const {
    const std::int64_t time = plan.packets()[plan.packet_of(number)].time;
    if (time == VideoPacket::kNoTime || first_time == VideoPacket::kNoTime) return -1;
    return av_rescale_q(time - first_time, video.stream().time_base, {1, 1000000});
  }

  /// The last frame that must have come before it is known whether this one is predicted from a damaged one: some are
  /// decoded before it and shown after it.
  std::uint32_t known_after(std::uint32_t number) const {
    constexpr std::size_t kReordered = 64;  // more than any standard lets wait
    const std::size_t own = plan.packet_of(number), key = plan.key_of(own);
    std::int64_t last = number;
    for (std::size_t i = std::max(key, own - std::min(own, kReordered)); i < own; ++i) {
      if (needed[i] && !plan.packets()[i].is_disposable) last = std::max(last, plan.frame_in(i));
    }
    return static_cast<std::uint32_t>(last);
  }

  SeenFrame seen(std::uint32_t number, const AVFrame& shown, std::span<std::uint8_t> place) {
    const std::size_t own = plan.packet_of(number);
    if (damaged.count(own) > 0) return damaged_frame(number, "can't be decoded: damaged");
    if (const auto from = damage_before(own)) {
      const std::int64_t other = plan.frame_in(*from);
      return damaged_frame(number, "is predicted from " +
                                       (other < 0 ? "a hidden frame" : "frame " + std::to_string(other)) +
                                       ", which can't be decoded");
    }
    if (const auto wrong = size_fault(shown.width, shown.height, limits)) {
      return {number, time_us(number), wrong->status, "frame " + std::to_string(number) + ": " + wrong->problem, 0, 0};
    }
    if (!converter->convert(shown, place)) {
      return {number, time_us(number), FrameStatus::kNotAnImage, "its pixels are of a kind that isn't read", 0, 0};
    }
    const FrameSize size = converter->shown_size(shown.width, shown.height);
    return {number, time_us(number), FrameStatus::kOk, "", size.width, size.height};
  }

  SeenFrame missing(std::uint32_t number) const {
    const std::string frames = std::to_string(plan.frames());
    const bool is_cut_off = promised > static_cast<std::int64_t>(plan.packets().size());
    const std::string why = is_cut_off ? "ends before frame " + frames + ", its header tells of " +
                                             std::to_string(promised) + ": damaged or cut off"
                                       : "has " + frames + " frames; wanted frame " + std::to_string(number);
    return {number, -1, FrameStatus::kTruncated, why, 0, 0};
  }

  std::optional<SeenFrame> next(std::span<std::uint8_t> place) {
    if (given == wanted.size()) return std::nullopt;
    const std::uint32_t number = wanted[given++];
    if (fault) return SeenFrame{number, -1, fault->status, fault->problem, 0, 0};
    if (number >= plan.frames()) return missing(number);
    const std::uint32_t last = known_after(number);
    while (awaited <= last && receive()) {
    }
    decoded.erase(decoded.begin(), decoded.lower_bound(number));
    const auto found = decoded.find(number);
    if (found == decoded.end()) return damaged_frame(number, "can't be decoded: damaged");
    return seen(number, *found->second, place);
  }
};

VideoDecoder::VideoDecoder(int fd, const FrameLimits& limits, std::vector<std::uint32_t> wanted)
    : impl_(std::make_unique<Impl>(fd, limits, std::move(wanted))) {}
VideoDecoder::~VideoDecoder() = default;
VideoDecoder::VideoDecoder(VideoDecoder&&) noexcept = default;

std::optional<SeenFrame> VideoDecoder::next(std::span<std::uint8_t> place) { return impl_->next(place); }

}  // namespace unmask
