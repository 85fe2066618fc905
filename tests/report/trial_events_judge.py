"""trial_events_judge.py DIR: what TensorBoard's own readers make of the event files below DIR, as one line of JSON:
{"scalars": {run: {tag: [[step, value], …]}}, "pictures": {run: {tag: [[step, width, height, sha256 of the file], …]}},
"experiment": …, "sessions": {group: [status, hparams, metrics]}}."""
import hashlib
import json
import logging
import os
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.simplefilter("ignore")
from google.protobuf import json_format  # noqa: E402
from tensorboard import context  # noqa: E402
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer  # noqa: E402
from tensorboard.plugins import base_plugin  # noqa: E402
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups  # noqa: E402

logging.disable(logging.WARNING)
folder = sys.argv[1]
runs = plugin_event_multiplexer.EventMultiplexer()
runs.AddRunsFromDirectory(folder)
runs.Reload()
scalars, pictures = {}, {}
for run, tags in runs.Runs().items():
    values, shown = {}, {}
    for tag in tags["tensors"]:
        if runs.SummaryMetadata(run, tag).plugin_data.plugin_name == "images":
            shown[tag] = []
            for event in runs.Tensors(run, tag):
                width, height, png = event.tensor_proto.string_val
                shown[tag].append([event.step, int(width), int(height), hashlib.sha256(png).hexdigest()])
        elif not tag.startswith("_hparams_"):
            values[tag] = [[event.step, round(float(event.tensor_proto.float_val[0]), 4)]
                           for event in runs.Tensors(run, tag)]
    scalars[run], pictures[run] = values, shown
provider = data_provider.MultiplexerDataProvider(runs, folder)
backend = backend_context.Context(base_plugin.TBContext(data_provider=provider))
request = context.RequestContext()
experiment = get_experiment.Handler(request, backend, "", api_pb2.GetExperimentRequest(include_metrics=True)).run()
columns = [api_pb2.ColParams(hparam=info.name, include_in_result=True) for info in experiment.hparam_infos]
columns += [api_pb2.ColParams(metric=info.name, include_in_result=True) for info in experiment.metric_infos]
wanted = api_pb2.ListSessionGroupsRequest(
    allowed_statuses=[api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING],
    col_params=columns, start_index=0, slice_size=100, include_metrics=True)
groups = list_session_groups.Handler(request, backend, "", wanted).run()
sessions = {}
for group in groups.session_groups:
    session = group.sessions[0]
    hparams = {name: json_format.MessageToDict(value) for name, value in group.hparams.items()}
    metrics = {value.name.tag: [value.training_step, round(value.value, 4)] for value in group.metric_values}
    sessions[group.name] = [api_pb2.Status.Name(session.status), hparams, metrics]
infos = {info.name: json_format.MessageToDict(info) for info in experiment.hparam_infos}
print(json.dumps({"scalars": scalars, "pictures": pictures,
                  "experiment": [experiment.name, infos, len(experiment.metric_infos)],
                  "sessions": sessions}, sort_keys=True))
