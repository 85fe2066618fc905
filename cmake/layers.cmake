# What each target may link and include; the functions of unmask_targets.cmake ask. `data`, `dist` and
# `model` see each other only in model/device, model/score and model/train.
set(UNMASK_MAY_USE_base "")
# data/
set(UNMASK_MAY_USE_data base)
set(UNMASK_MAY_USE_data_layouts base data)
set(UNMASK_MAY_USE_data_frames base data)
set(UNMASK_MAY_USE_data_decoder data data_frames)
set(UNMASK_MAY_USE_data_faces base data data_frames)
set(UNMASK_MAY_USE_data_store base data)
set(UNMASK_MAY_USE_data_audit base data data_store)
set(UNMASK_MAY_USE_data_split base data data_store)
set(UNMASK_MAY_USE_data_prepare_values base data)
set(UNMASK_MAY_USE_data_prepare base data data_layouts data_frames data_faces data_store data_prepare_values)
set(UNMASK_MAY_USE_data_augment base)
set(UNMASK_MAY_USE_data_degradation base data_store data_augment)
set(UNMASK_MAY_USE_data_load_plan base)
set(UNMASK_MAY_USE_data_load base data_store data_augment data_degradation)
set(UNMASK_MAY_USE_data_video base data_frames)
set(UNMASK_MAY_USE_data_synth base data data_frames data_faces data_video)
set(UNMASK_MAY_USE_data_corrupt base data data_frames data_store data_augment data_degradation data_video data_prepare
  data_prepare_values)
# dist/
set(UNMASK_MAY_USE_dist_values base)
set(UNMASK_MAY_USE_dist base dist_values)
# model/: the first of a room know no torch
set(UNMASK_MAY_USE_model_values base)
set(UNMASK_MAY_USE_norm_kernels base)
set(UNMASK_MAY_USE_safetensors base)
set(UNMASK_MAY_USE_device_values base data_augment dist_values)
set(UNMASK_MAY_USE_score_values base data safetensors)
set(UNMASK_MAY_USE_score_data base data_store)
set(UNMASK_MAY_USE_train_values base data data_augment dist_values device_values model_values score_values)
set(UNMASK_MAY_USE_trial_data base data_store data_load data_load_plan score_data train_values)
set(UNMASK_MAY_USE_norm norm_kernels)
set(UNMASK_MAY_USE_model base model_values norm)
set(UNMASK_MAY_USE_model_files base safetensors model model_values)
set(UNMASK_MAY_USE_device_kernels base dist)
set(UNMASK_MAY_USE_device base data_load data_augment dist dist_values device_kernels device_values model model_values)
set(UNMASK_MAY_USE_score base data_store data_load dist model model_files device device_values score_values score_data)
set(UNMASK_MAY_USE_train base data_load data_load_plan dist safetensors model model_values model_files device
  device_values score
  score_values score_data train_values trial_data)
# sweep/, report/
set(UNMASK_MAY_USE_sweep_plan base model_values score_values train_values)
set(UNMASK_MAY_USE_sweep_run base score_values train_values sweep_plan)
set(UNMASK_MAY_USE_sweep base dist train_values sweep_plan sweep_run)
set(UNMASK_MAY_USE_report base data data_frames data_video data_store score_values score_data train_values
  sweep_plan sweep_run)
# launch/
set(UNMASK_MAY_USE_config base data_load_plan data_prepare_values train_values sweep_plan)
set(UNMASK_MAY_USE_launch base dist sweep)
set(UNMASK_MAY_USE_launch_run base data data_audit data_corrupt data_frames data_prepare data_prepare_values data_store
  dist model_values
  safetensors score score_data score_values device_values train train_values trial_data sweep_plan sweep_run sweep
  report config launch)
set(UNMASK_MAY_USE_launch_check base data data_audit data_frames dist model_values safetensors train
  train_values trial_data sweep_plan sweep_run
  config launch launch_run)
set(UNMASK_MAY_USE_commands base data_audit data_corrupt data_prepare data_split data_synth dist model_values
  safetensors score
  score_values train sweep_run report config launch launch_run launch_check)

# Values, plans and configs compile in seconds and are tested under sanitizers: no chain of links may bring these
# libraries to them.
set(UNMASK_LIGHT_TARGETS data_load_plan dist_values model_values norm_kernels safetensors device_values score_values
  train_values
  sweep_plan sweep_run config)
set(UNMASK_HEAVY_LIBRARIES unmask_mpi unmask_nccl unmask_torch turbojpeg opencv_.* dlib::dlib)
