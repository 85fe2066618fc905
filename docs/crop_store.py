"""Reads a crop store of unmask (format 2: docs/formats.md, "Crop store") with numpy alone, JPEG records with Pillow.

    store = CropStore("stores/base/train.crops")           # also a view, beside its prepared.crops
    rows = store.rows[store.rows["status"] == 0]           # a row a frame; 0: it has a crop
    store.text(rows[0]["video"]), rows[0]["label"]         # names are numbers of strings; label 1 is fake
    store.crop(rows[0])                                    # uint8, [crop_px, crop_px, 3], RGB
"""
import io
import pathlib

import numpy as np

HEADER = np.dtype([("magic", "S8"), *((name, "<u4") for name in ("version", "byte_order", "crop_px", "encoding")),
                   *((name, "<u8") for name in ("rows", "stride", "index", "index_bytes", "strings", "strings_bytes",
                                                "string_count", "json", "json_bytes", "file_bytes")),
                   ("digests", "V48"), ("is_view", "<u4"), ("records_name", "<u4"), ("records_header", "V16"),
                   ("zeros", "V3904"), ("digest", "V16")])
ROW = np.dtype([("offset", "<u8"), ("bytes", "<u8"), ("digest", "<u8"), ("frame", "<u4"),
                *((name, "u1") for name in ("label", "split", "status", "zero")), ("box", "<i4", 4),
                *((name, "<u4") for name in ("dataset", "method", "compression", "video", "target_identity",
                                             "source_identity", "detector", "source", "source_digest", "track")),
                ("time_us", "<i8"), ("source_bytes", "<u8"), ("frame_size", "<i4", 2), ("detector_score", "<f4"),
                ("zeros", "V12")])


class CropStore:
    """The digests (XXH3) are not checked, the sizes are."""

    def __init__(self, path):
        path = pathlib.Path(path)
        self.header = header = np.fromfile(path, HEADER, 1)[0]
        if header["magic"] != b"UNMASKCS" or header["version"] != 2 or path.stat().st_size != header["file_bytes"]:
            raise ValueError(f"{path}: no whole crop store of format 2")
        part = lambda name, kind, count: np.fromfile(path, kind, int(count), offset=int(header[name]))
        self.rows = part("index", ROW, header["rows"])
        self._starts = part("strings", "<u4", header["string_count"] + 1)
        self._strings = part("strings", "u1", header["strings_bytes"])[4 * len(self._starts):].tobytes()
        self.preprocessing = part("json", "u1", header["json_bytes"]).tobytes().decode()
        self._records = path.parent / self.text(header["records_name"]) if header["is_view"] else path
        if header["is_view"] and np.fromfile(self._records, HEADER, 1)[0]["digest"] != header["records_header"]:
            raise ValueError(f"{path}: {self._records} is not the file that it was made of")

    def text(self, number):
        return self._strings[self._starts[number]:self._starts[number + 1]].decode()

    def crop(self, row):
        record = np.fromfile(self._records, "u1", int(row["bytes"]), offset=int(row["offset"]))
        if self.header["encoding"] == 1:
            from PIL import Image
            return np.asarray(Image.open(io.BytesIO(record.tobytes())).convert("RGB"))
        return record.reshape(self.header["crop_px"], self.header["crop_px"], 3)
