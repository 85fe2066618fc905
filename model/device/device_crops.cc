#include "model/device/device_crops.h"

#include <c10/core/GradMode.h>

#include "base/error.h"
#include "data/augment/normalisation.h"
#include "model/device/default_stream.h"

namespace unmask {
namespace {

at::Tensor host_tensor(const at::Device& device, at::IntArrayRef sizes, at::ScalarType type) {
  return at::empty(sizes, at::TensorOptions(type).pinned_memory(device.is_cuda()));
}

/// A host's numbers, one part after another, on the device; the host goes on at once.
template <class T>
at::Tensor sent(const at::Device& device, std::initializer_list<std::span<const T>> parts, at::IntArrayRef sizes) {
  at::Tensor host = host_tensor(device, sizes, c10::CppTypeToScalarType<T>::value);
  T* place = host.data_ptr<T>();
  for (const std::span<const T>& part : parts) place = std::ranges::copy(part, place).out;
  return host.to(device, /*non_blocking=*/true);
}

at::Tensor per_channel(const float (&values)[3], const at::Device& device) {
  return sent<float>(device, {values}, {3});
}

at::Tensor clamped(const at::Tensor& values) { return values.clamp(0, 255); }

/// c: f32 [..., 3]. The factors are floats, as the host's are.
at::Tensor grey(const at::Tensor& c) {
  const auto share = [&](std::int64_t channel, float factor) {
    return c.select(-1, channel) * static_cast<double>(factor);
  };
  return (share(0, 0.299f) + share(1, 0.587f)) + share(2, 0.114f);
}

/// The loops of data/augment/augment_lanes.h over whole tensors: the same operations on each pixel in the same order,
/// each rounded to float, none fused. rgb: u8 [n, px, px, 3]; returns f32 of that shape, not normalised.
class Augmentation {
 public:
  Augmentation(const at::Device& device, const AugmentTable& table, int px)
      : n_(table.crops),
        px_(px),
        rows_(sent<float>(device, {table.rows}, {n_, px, 1, AugmentTable::kRowValues})),
        values_(sent<float>(device, {table.values}, {n_, 1, 1, AugmentTable::kCropValues})),
        along_(at::arange(px, at::TensorOptions(device).dtype(at::kFloat)).view({1, 1, px})) {}

  at::Tensor operator()(const at::Tensor& rgb) const {
    const at::Tensor warped = warp(rgb);
    const at::Tensor brightened =
        at::where(inside().unsqueeze(3), clamped(warped * value(kBrightness).unsqueeze(3)), zero(warped));
    return erased(coloured(brightened));
  }

 private:
  enum Row { kX0, kY0, kW0, kBegin, kEnd };
  enum Value {
    kXStep,
    kYStep,
    kWStep,
    kBrightness,
    kContrast,
    kSaturation,
    kEraseX,
    kEraseY,
    kEraseWidth,
    kEraseHeight
  };

  at::Tensor row(Row index) const { return rows_.select(3, index); }        // [n, px, 1]
  at::Tensor value(Value index) const { return values_.select(3, index); }  // [n, 1, 1]
  at::Tensor inside() const { return (along_ >= row(kBegin)).logical_and_(along_ < row(kEnd)); }
  static at::Tensor zero(const at::Tensor& like) { return at::zeros({}, like.options()); }

  /// Where each output pixel comes from; 0 outside the crop, where no tap may be looked up.
  at::Tensor position(Row start, Value step, const at::Tensor& w, const at::Tensor& in_crop) const {
    const at::Tensor at_edge = ((along_ * value(step) + row(start)) / w).clamp(0, px_ + 1);
    return at::where(in_crop, at_edge, zero(at_edge));
  }

  at::Tensor warp(const at::Tensor& rgb) const {
    const at::Tensor in_crop = inside(), w = along_ * value(kWStep) + row(kW0);
    const at::Tensor u = position(kX0, kXStep, w, in_crop), v = position(kY0, kYStep, w, in_crop);
    const at::Tensor column = u.trunc(), line = v.trunc();
    const at::Tensor right = u - column, down = v - line;
    const at::Tensor left = 1 - right, up = 1 - down;
    const std::int64_t side = px_ + 3;  // a black border of 1 before and 2 after
    const at::Tensor pixels = at::constant_pad_nd(rgb, {0, 0, 1, 2, 1, 2}).view({n_ * side * side, 3});
    const at::Tensor first = at::arange(n_, column.options().dtype(at::kLong)).view({n_, 1, 1}) * (side * side);
    const at::Tensor index = (first + line.to(at::kLong) * side + column.to(at::kLong)).flatten();
    const auto tap = [&](std::int64_t offset, const at::Tensor& weight) {
      const at::Tensor pixel = pixels.index_select(0, index + offset).view({n_, px_, px_, 3});
      return pixel.to(at::kFloat) * weight.unsqueeze(3);
    };
    const at::Tensor top = tap(0, left * up) + tap(1, right * up);
    return top + (tap(side, left * down) + tap(side + 1, right * down));
  }

  /// Contrast about the crop's mean grey, summed in integers so that no order matters; then saturation.
  at::Tensor coloured(const at::Tensor& rgb) const {
    const at::Tensor sum =
        (grey(rgb) * 256.0 + 0.5).to(at::kLong).sum({1, 2}, /*keepdim=*/true).to(at::kDouble) / 256.0;
    // By a tensor: a division by a number is a product with its inverse on a GPU.
    const at::Tensor mean = (sum / at::full({1}, static_cast<double>(px_) * px_, sum.options())).to(at::kFloat);
    const at::Tensor contrast = value(kContrast), saturation = value(kSaturation);
    const at::Tensor c = clamped(rgb * contrast.unsqueeze(3) + ((1 - contrast) * mean).unsqueeze(3));
    return clamped(c * saturation.unsqueeze(3) + (grey(c) * (1 - saturation)).unsqueeze(3));
  }

  at::Tensor erased(const at::Tensor& rgb) const {
    const at::Tensor y = along_.view({1, px_, 1});
    const auto within = [](const at::Tensor& position, const at::Tensor& begin, const at::Tensor& size) {
      return (position >= begin).logical_and(position < begin + size);
    };
    const at::Tensor box =
        within(along_, value(kEraseX), value(kEraseWidth)).logical_and(within(y, value(kEraseY), value(kEraseHeight)));
    return at::where(box.unsqueeze(3), zero(rgb), rgb);
  }

  std::int64_t n_, px_;
  at::Tensor rows_, values_, along_;
};

at::Tensor bytes_on(const at::Device& device, const CropBatch& batch, int px) {
  const auto n = static_cast<std::int64_t>(batch.labels.size());
  const at::Tensor host = at::from_blob(
      batch.bytes.get(), {n, px, px, 3}, [kept = batch.bytes](void*) {}, at::kByte);
  return host.to(device, /*non_blocking=*/true);
}

/// f32 [n, px, px, 3].
at::Tensor by_aten(const at::Tensor& rgb, const AugmentTable& table, int px) {
  const at::Device device = rgb.device();
  const at::Tensor pixels = table.crops > 0 ? Augmentation(device, table, px)(rgb) : rgb.to(at::kFloat);
  const auto [multiply, subtract] = image_normalisation();
  return pixels * per_channel(multiply, device) - per_channel(subtract, device);
}

ImageType image_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat: return ImageType::kF32;
    case at::kBFloat16: return ImageType::kBf16;
    case at::kHalf: return ImageType::kF16;
    default: throw Error(ErrorKind::kFailed, std::string("images are not made as ") + c10::toString(type));
  }
}

static_assert(sizeof(CropRow) == AugmentTable::kRowValues * sizeof(float) &&
              sizeof(CropDraw) == AugmentTable::kCropValues * sizeof(float));

/// Into images: [n, px, px, 3].
void by_kernel(const at::Tensor& rgb, const AugmentTable& table, int px, const CropLauncher& launcher,
               const at::Tensor& images) {
  CropLaunch launch{};
  launch.bytes = rgb.const_data_ptr<std::uint8_t>();
  launch.images = images.data_ptr();
  launch.type = image_type(images.scalar_type());
  launch.crops = static_cast<unsigned>(rgb.size(0));
  launch.px = px;
  const Normalisation normalisation = image_normalisation();
  std::ranges::copy(normalisation.multiply, launch.multiply);
  std::ranges::copy(normalisation.subtract, launch.subtract);
  at::Tensor numbers;  // freed when this returns: the stream's next tensor may have its memory
  if (table.crops > 0) {
    const std::size_t count = table.rows.size() + table.values.size();
    numbers = sent<float>(rgb.device(), {table.rows, table.values}, {static_cast<std::int64_t>(count)});
    launch.rows = reinterpret_cast<const CropRow*>(numbers.const_data_ptr<float>());
    launch.draws = reinterpret_cast<const CropDraw*>(numbers.const_data_ptr<float>() + table.rows.size());
  }
  launcher(launch);
}

}  // namespace

at::Tensor images_on(const at::Device& device, const CropBatch& batch, int crop_px, at::ScalarType type,
                     const CropLauncher& launcher, const at::Tensor& into) {
  const at::NoGradGuard no_grad;
  const auto n = static_cast<std::int64_t>(batch.labels.size());
  const auto placed = [&](const at::Tensor& images) { return into.defined() ? into.copy_(images) : images; };
  if (!batch.bytes) {
    auto* images = const_cast<float*>(batch.images.data());
    return placed(at::from_blob(images, {n, crop_px, crop_px, 3}, at::kFloat).permute({0, 3, 1, 2}).to(device, type));
  }
  const at::Tensor rgb = bytes_on(device, batch, crop_px);
  if (!launcher || !on_default_stream(device))
    return placed(by_aten(rgb, batch.table, crop_px).to(type).permute({0, 3, 1, 2}));
  const at::Tensor images =
      into.defined() ? into.permute({0, 2, 3, 1}) : at::empty(rgb.sizes(), rgb.options().dtype(type));
  by_kernel(rgb, batch.table, crop_px, launcher, images);
  return images.permute({0, 3, 1, 2});
}

at::Tensor images_on(const at::Device& device, std::span<const std::span<const std::uint8_t>> crops, int crop_px) {
  const auto n = static_cast<std::int64_t>(crops.size()), px = static_cast<std::int64_t>(crop_px);
  const at::Tensor images = at::empty({n, px, px, 3}, at::kFloat);
  const auto values = static_cast<std::size_t>(px * px * 3);
  for (std::size_t i = 0; i < crops.size(); ++i)
    normalise(crops[i], crop_px, {images.data_ptr<float>() + i * values, values});
  return images.permute({0, 3, 1, 2}).to(device);
}

ByteMemory byte_memory(const at::Device& device) {
  return [device](std::size_t bytes) {
    const at::Tensor memory = host_tensor(device, {static_cast<std::int64_t>(bytes)}, at::kByte);
    return std::shared_ptr<std::uint8_t>(memory.data_ptr<std::uint8_t>(), [memory](std::uint8_t*) {});
  };
}

}  // namespace unmask
