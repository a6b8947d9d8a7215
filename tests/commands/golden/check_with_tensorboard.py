"""check_with_tensorboard.py FOLDER: reads every event file below FOLDER with TensorBoard's own reader (pip install tensorboard), and asks
its HParams page which parameters and metrics there are. Made once for the files beside it; no test needs it."""
import pathlib
import sys

from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import backend_context, plugin_data_pb2

folder = pathlib.Path(sys.argv[1])
for run in sorted(p for p in folder.iterdir() if p.is_dir()):
    read = event_accumulator.EventAccumulator(str(run), size_guidance={"scalars": 0, "tensors": 0})
    read.Reload()
    for tag in read.Tags()["scalars"]:
        print(run.name, tag, [(e.step, e.value) for e in read.Scalars(tag)])
    for tag in read.Tags()["tensors"]:
        print(run.name, tag, plugin_data_pb2.HParamsPluginData.FromString(read.SummaryMetadata(tag).plugin_data.content))
all_runs = plugin_event_multiplexer.EventMultiplexer()
all_runs.AddRunsFromDirectory(str(folder))
all_runs.Reload()
context = base_plugin.TBContext(multiplexer=all_runs, data_provider=data_provider.MultiplexerDataProvider(all_runs, str(folder)), flags=None)
hparams = backend_context.Context(context)
page = hparams.experiment_from_metadata(RequestContext(), "", include_metrics=True,
                                        hparams_run_to_tag_to_content=hparams.hparams_metadata(RequestContext(), ""), data_provider_hparams=[])
print("parameters:", [h.name for h in page.hparam_infos])
print("metrics:", [m.name.tag for m in page.metric_infos])
