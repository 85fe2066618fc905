# The published work's box (a square of the longer side x scale around the face, clipped to the frame) in Python's own
# arithmetic: // rounds down, int() cuts. Prints one line a case: the face, the frame, the box.
import itertools

for left, top, size, height_more in itertools.product((-37, -1, 0, 13, 100, 211, 300), (-20, 0, 7, 181),
                                                      (1, 2, 43, 90, 199, 431), (0, 1, 5)):
    for width, height in ((320, 240), (240, 321), (64, 64)):
        right, bottom = left + size, top + size + height_more
        for scale in (1.3, 1.0, 2.7):
            side = int(max(right - left, bottom - top) * scale)
            x = max((left + right) // 2 - side // 2, 0)
            y = max((top + bottom) // 2 - side // 2, 0)
            side = min(min(width - x, side), height - y)
            if side <= 0:
                x = y = side = 0
            print(left, top, right, bottom, width, height, scale, x, y, side)
