unmask_test(synth_test SOURCES synth_test.cc
  LINK unmask::data opencv_core opencv_imgproc opencv_imgcodecs nlohmann_json::nlohmann_json)
