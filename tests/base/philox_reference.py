"""Draws by an implementation that shares nothing with base/philox: one line a draw, for philox_test.cc.

Arguments: seed purpose a b layer. Output: 12 words, 12 uniforms, 12 numbers below 1000, 12 normals, a shuffle of 20.
"""

import math
import sys

WORD = 2**32


def philox4x32_10(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], WORD)
        high1, low1 = divmod(0xCD9E8D57 * c[2], WORD)
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) % WORD, (k[1] + 0xBB67AE85) % WORD]
    return c


def words(seed, purpose, a, b, layer):
    block = 0
    while True:
        yield from philox4x32_10((block, purpose * 2**24 + layer, b, a), (seed % WORD, seed // WORD))
        block += 1


def uniforms(source):
    return ((word // 256) / 2**24 for word in source)


def normals(source):
    draws = uniforms(source)
    while True:
        radius, angle = math.sqrt(-2 * math.log(1 - next(draws))), 2 * math.pi * next(draws)
        yield radius * math.cos(angle)
        yield radius * math.sin(angle)


def main(arguments):
    stream = [int(argument) for argument in arguments]
    draw = words(*stream)
    print(*[next(draw) for _ in range(12)])
    draw = uniforms(words(*stream))
    print(*[repr(next(draw)) for _ in range(12)])
    draw = words(*stream)
    print(*[next(draw) * 1000 // WORD for _ in range(12)])
    draw = normals(words(*stream))
    print(*[repr(next(draw)) for _ in range(12)])
    draw, values = words(*stream), list(range(20))
    for i in range(20, 1, -1):
        j = next(draw) * i // WORD
        values[i - 1], values[j] = values[j], values[i - 1]
    print(*values)


if __name__ == "__main__":
    main(sys.argv[1:])
