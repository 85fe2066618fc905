# Frames, faces, prepare. Included by CMakeLists.txt of this folder.
unmask_test(frame_list_test SOURCES frame_list_test.cc LINK unmask::data)
unmask_test(frame_reader_test SOURCES frame_reader_test.cc LINK unmask::data opencv_core opencv_imgcodecs opencv_imgproc)
unmask_test(face_detector_test SOURCES face_detector_test.cc LINK unmask::data opencv_core opencv_imgproc Threads::Threads)
unmask_test(face_cropper_test SOURCES face_cropper_test.cc LINK unmask::data)
unmask_test(prepare_test SOURCES prepare_test.cc LINK unmask::data opencv_core opencv_imgcodecs opencv_imgproc opencv_videoio)
