"""Reads a crop store of unmask (format 2: docs/formats.md, "Crop store") with numpy alone, JPEG records with Pillow.

    store = CropStore(pathlib.Path("stores/base/train.crops"))  # also a view, beside its prepared.crops
    rows = store.rows[store.rows["status"] == 0]                # a row a frame; 0: it has a crop
    store.names[rows[0]["video"]], rows[0]["label"]             # names are numbers of strings; label 1 is fake
    store.crop(rows[0])                                         # uint8, [crop_px, crop_px, 3], RGB
"""
import io

import numpy as np

layout = lambda text: np.dtype([(name, kind) for kind, *names in map(str.split, text.split(",")) for name in names])
HEADER = layout("""S8 magic, <u4 version byte_order crop_px encoding, <u8 rows stride index index_bytes strings
    strings_bytes string_count json json_bytes file_bytes, V48 digests, <u4 is_view records_name, V16 records_header,
    V3904 zeros, V16 digest""")
ROW = layout("""<u8 offset bytes digest, <u4 frame, u1 label split status zero, 4<i4 box, <u4 dataset method compression
    video target_identity source_identity detector source source_digest track, <i8 time_us, <u8 source_bytes,
    2<i4 frame_size, <f4 detector_score, V12 zeros""")


class CropStore:
    """The digests (XXH3) are not checked, the sizes are."""

    def __init__(self, path):
        self.records = file = np.memmap(path, "u1", "r")
        self.header = header = dict(zip(HEADER.names, np.frombuffer(file, HEADER, 1)[0].tolist()))
        if header["magic"] != b"UNMASKCS" or header["version"] != 2 or file.size != header["file_bytes"]:
            raise ValueError(f"{path}: no whole crop store of format 2")
        self.rows = np.frombuffer(file, ROW, header["rows"], header["index"])
        starts = np.frombuffer(file, "<u4", header["string_count"] + 1, header["strings"])
        text = file[header["strings"] + starts.nbytes:][:starts[-1]].tobytes()
        self.names = [text[begin:end].decode() for begin, end in zip(starts, starts[1:])]
        self.preprocessing = file[header["json"]:][:header["json_bytes"]].tobytes().decode()
        if header["is_view"]:
            self.records = np.memmap(path.with_name(self.names[header["records_name"]]), "u1", "r")
            if np.frombuffer(self.records, HEADER, 1)["digest"].tobytes() != header["records_header"]:
                raise ValueError(f"{path}: {self.records.filename} is not the file that it was made of")

    def crop(self, row):
        record = np.array(self.records[row["offset"]:][:row["bytes"]])
        if self.header["encoding"] == 1:
            from PIL import Image
            return np.asarray(Image.open(io.BytesIO(record)).convert("RGB"))
        return record.reshape(self.header["crop_px"], self.header["crop_px"], 3)
