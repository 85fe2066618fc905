"""numpy_reader_judge.py STORE: every row of a store as docs/crop_store.py reads it, one line of tab-separated fields
each; a crop as hexadecimal digits."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "docs"))
sys.dont_write_bytecode = True
import crop_store  # noqa: E402

store = crop_store.CropStore(pathlib.Path(sys.argv[1]))
print(store.preprocessing)
for row in store.rows:
    names = [store.names[row[name]] for name in ("dataset", "method", "compression", "video", "target_identity",
                                                "source_identity", "detector", "source", "source_digest")]
    numbers = [row[name] for name in ("label", "split", "status", "frame", "track", "time_us", "source_bytes")]
    crop = store.crop(row).tobytes().hex() if row["status"] == 0 else ""
    print(*names, *numbers, *row["box"], *row["frame_size"], f"{row['detector_score']:.2f}", crop, sep="\t")
