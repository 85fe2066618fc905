// The serving side of a MediaDecoder: all that unmask-decode is.
//
//   int main() { return serve_decoder(kDecoderSocket); }
#pragma once

namespace unmask {

/// Waits for the greeting, enters the sandbox, then does what is asked for (decoder_wire.h) until the socket is closed.
/// Returns the exit code.
int serve_decoder(int socket);

}  // namespace unmask
