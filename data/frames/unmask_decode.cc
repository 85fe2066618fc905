// unmask-decode: the child in which MediaDecoder decodes. Nobody starts it by hand.
#include "data/frames/decoder_child.h"
#include "data/frames/decoder_wire.h"

int main() { return unmask::serve_decoder(unmask::kDecoderSocket); }
