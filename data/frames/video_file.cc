#include "data/frames/video_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" {
#include <libavutil/dict.h>
}

namespace unmask {
namespace {

constexpr int kBufferBytes = 1 << 16;
constexpr int kErrorsInARow = 1000;  // of a container's reader that goes nowhere

/// The file for libav: reads at places of its own.
struct OpenFile {
  int fd = -1;
  std::int64_t at = 0;

  static int read(void* self, std::uint8_t* place, int bytes) {
    auto& file = *static_cast<OpenFile*>(self);
    ssize_t got = -1;
    do got = pread(file.fd, place, static_cast<std::size_t>(bytes), file.at);
    while (got < 0 && errno == EINTR);
    if (got < 0) return AVERROR(errno);
    if (got == 0) return AVERROR_EOF;
    file.at += got;
    return static_cast<int>(got);
  }
  static std::int64_t seek(void* self, std::int64_t offset, int whence) {
    auto& file = *static_cast<OpenFile*>(self);
    const std::int64_t size = lseek(file.fd, 0, SEEK_END);
    if (size < 0) return AVERROR(errno);
    whence &= ~AVSEEK_FORCE;
    if (whence == AVSEEK_SIZE) return size;
    if (whence == SEEK_CUR) offset += file.at;
    if (whence == SEEK_END) offset += size;
    if (offset < 0) return AVERROR(EINVAL);
    return file.at = offset;
  }
};

int open_nothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

/// Lists and descriptions of streams that lie elsewhere.
bool names_other_files(std::string_view kind) {
  for (const std::string_view list : {"hls", "dash", "concat", "sdp", "rtsp", "imf"}) {
    if (kind == list || kind.starts_with(std::string(list) + ",")) return true;
  }
  return false;
}

VideoCoding coding_of(AVCodecID id) {
  if (id == AV_CODEC_ID_H264) return VideoCoding::kH264;
  if (id == AV_CODEC_ID_HEVC) return VideoCoding::kHevc;
  if (id == AV_CODEC_ID_VP8) return VideoCoding::kVp8;
  const AVCodecDescriptor* const codec = avcodec_descriptor_get(id);
  const bool is_intra = codec != nullptr && (codec->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
  return is_intra ? VideoCoding::kIntraOnly : VideoCoding::kOther;
}

}  // namespace

struct VideoFile::Impl {
  FrameLimits limits;
  OpenFile file;
  AVIOContext* io = nullptr;
  AVFormatContext* format = nullptr;
  AVStream* stream = nullptr;
  std::optional<ReadFrame> fault;
  int length_bytes = 0;

  Impl(int fd, const FrameLimits& frame_limits) : limits(frame_limits), file{fd, 0} {}
  ~Impl() {
    avformat_close_input(&format);
    if (io != nullptr) av_freep(&io->buffer);
    avio_context_free(&io);
  }

  std::optional<ReadFrame> open() {
    const std::int64_t size = OpenFile::seek(&file, 0, AVSEEK_SIZE);
    if (size < 0) return unread(FrameStatus::kUnreadable, "can't be read");
    if (size == 0) return unread(FrameStatus::kTruncated, "the file is empty");
    auto* const buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
    if (buffer == nullptr) throw std::bad_alloc();
    io = avio_alloc_context(buffer, kBufferBytes, 0, &file, &OpenFile::read, nullptr, &OpenFile::seek);
    format = avformat_alloc_context();
    if (io == nullptr || format == nullptr) throw std::bad_alloc();
    format->pb = io;
    format->io_open = &open_nothing;
    format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_GENPTS;  // AVI tells no times of presentation
    const AVInputFormat* kind = nullptr;
    const int known = enough_memory(av_probe_input_buffer2(io, &kind, "", nullptr, 0, 0));
    if (known < 0 || kind == nullptr) return unknown_kind();
    if (names_other_files(kind->name)) {
      return unread(FrameStatus::kNotAnImage,
                    "names other files, which aren't opened (" + std::string(kind->name) + ")");
    }
    AVDictionary* options = nullptr;
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    const int opened = avformat_open_input(&format, "", kind, &options);
    av_dict_free(&options);
    if (enough_memory(opened) < 0) return unknown_kind();
    return choose_stream();
  }

  static ReadFrame unknown_kind() {
    return unread(FrameStatus::kNotAnImage, "can't be opened as a video: damaged, or of a kind that isn't read");
  }

  std::optional<ReadFrame> choose_stream() {
    // This decodes the first frames where the head doesn't tell enough.
    std::vector<AVDictionary*> options(format->nb_streams, nullptr);
    for (AVDictionary*& of_stream : options) {
      av_dict_set(&of_stream, "threads", "1", 0);
      av_dict_set_int(&of_stream, "max_pixels", padded_pixels(limits), 0);
    }
    const int found = avformat_find_stream_info(format, options.empty() ? nullptr : options.data());
    for (AVDictionary*& of_stream : options) av_dict_free(&of_stream);
    enough_memory(found);
    for (unsigned i = 0; i < format->nb_streams; ++i) {
      AVStream* const one = format->streams[i];
      const bool is_video =
          one->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (one->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
      if (is_video && stream == nullptr) stream = one;
      if (one != stream) one->discard = AVDISCARD_ALL;
    }
    if (stream == nullptr) {
      return unread(FrameStatus::kNotAnImage,
                    format->nb_streams > 0 ? "has no video stream: sound or data alone" : "has no video stream");
    }
    const AVCodecParameters& codec = *stream->codecpar;
    if (avcodec_find_decoder(codec.codec_id) == nullptr) {
      return unread(FrameStatus::kNotAnImage,
                    std::string("there is no decoder for its codec, ") + avcodec_get_name(codec.codec_id));
    }
    length_bytes = unit_length_bytes({codec.extradata, static_cast<std::size_t>(std::max(codec.extradata_size, 0))},
                                     coding_of(codec.codec_id));
    return size_fault(codec.width, codec.height, limits);
  }
};

VideoFile::VideoFile(int fd, const FrameLimits& limits) : impl_(std::make_unique<Impl>(fd, limits)) {
  impl_->fault = impl_->open();
}
VideoFile::~VideoFile() = default;
VideoFile::VideoFile(VideoFile&&) noexcept = default;
VideoFile& VideoFile::operator=(VideoFile&&) noexcept = default;

const std::optional<ReadFrame>& VideoFile::fault() const { return impl_->fault; }
const AVStream& VideoFile::stream() const { return *impl_->stream; }
std::int64_t VideoFile::promised_frames() const { return std::max<std::int64_t>(impl_->stream->nb_frames, 0); }
VideoCoding VideoFile::coding() const { return coding_of(impl_->stream->codecpar->codec_id); }

bool VideoFile::read(AVPacket& packet) {
  for (int errors = 0; errors < kErrorsInARow;) {
    av_packet_unref(&packet);
    const int result = enough_memory(av_read_frame(impl_->format, &packet));
    if (result == AVERROR_EOF) return false;
    if (result < 0) {
      ++errors;
    } else if (packet.stream_index == impl_->stream->index && packet.size > 0) {
      return true;
    }
  }
  return false;
}

VideoPacket VideoFile::look(const AVPacket& packet) const {
  const CodedPacket coded =
      coded_packet({packet.data, static_cast<std::size_t>(packet.size)}, coding(), impl_->length_bytes);
  VideoPacket seen;
  seen.time = packet.pts == AV_NOPTS_VALUE ? VideoPacket::kNoTime : packet.pts;
  seen.is_shown = (packet.flags & AV_PKT_FLAG_DISCARD) == 0 && !coded.is_hidden;
  seen.is_key = coding() == VideoCoding::kOther ? (packet.flags & AV_PKT_FLAG_KEY) != 0 : coded.is_key;
  seen.is_start = coded.is_key;
  seen.has_parameters = coded.has_parameters;
  seen.is_disposable = coded.is_disposable;
  return seen;
}

const std::int32_t* VideoFile::display_matrix() const {
  std::size_t bytes = 0;
  const std::uint8_t* const data = av_stream_get_side_data(impl_->stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  return data != nullptr && bytes >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(data) : nullptr;
}

double VideoFile::duration_s() const {
  const AVStream& video = *impl_->stream;
  if (video.duration > 0) return static_cast<double>(video.duration) * av_q2d(video.time_base);
  return impl_->format->duration > 0 ? static_cast<double>(impl_->format->duration) / AV_TIME_BASE : 0;
}

double VideoFile::frames_per_s() const {
  const AVRational rate = impl_->stream->avg_frame_rate;
  return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
}

PacketPlan read_plan(VideoFile& video) {
  std::vector<VideoPacket> packets;
  const LibavHandle<AVPacket> packet = owned(av_packet_alloc());
  while (video.read(*packet)) packets.push_back(video.look(*packet));
  return PacketPlan(std::move(packets));
}

}  // namespace unmask
