"""Export: what is written runs like torch, whole and hop by hop; what differs is not written."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs lipmotion[learn]")
pytest.importorskip("onnxscript", reason="learning needs lipmotion[learn]")

from lipmotion.bundle import Manifest, OnnxStep, open_bundle
from lipmotion.errors import BundleError
from lipmotion.learn.export import PlainGraph, StreamingGraph, write_bundle
from lipmotion.step import run_offline

MANIFEST = Manifest(kind="speech", version="0.1.0", files={})


class CausalConv(torch.nn.Module):
    """y[t] = conv(x[t-4..t]) times gain; state = the last four inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv1d(6, 3, 5)

    def forward(self, x, past, gain):
        line = torch.cat([past, x])
        y = self.conv(line.T[None])[0].T * gain
        return y, line[-4:]


class Forgetful(CausalConv):
    def forward(self, x, past, gain):
        y, _ = super().forward(x, past, gain)
        return y, past


def _graph(net, generator):
    x = torch.randn(50, 6, generator=generator).numpy()
    return StreamingGraph(net, x, {"past": (4, 6)}, {"gain": np.array(2.0, np.float32)}, half=False)


def test_bundle_runs_like_torch(tmp_path: Path) -> None:
    torch.manual_seed(0)
    graph = _graph(CausalConv(), torch.Generator().manual_seed(1))
    plain = PlainGraph(torch.nn.Linear(4, 2), {"rows": np.ones((3, 4), np.float32)}, ("out",))
    folder = tmp_path / "bundle"
    write_bundle(folder, {"conv.onnx": graph, "line.onnx": plain}, MANIFEST, "# card\n")
    bundle = open_bundle(folder, "speech")
    step = OnnxStep(
        bundle.session("conv.onnx"),
        lookahead_hops=2,
        parameters={"gain": np.array(2.0, np.float32)},
    )
    out = run_offline(step, graph.x, block_hops=7)
    with torch.no_grad():
        expected = graph.net(torch.from_numpy(graph.x), torch.zeros(4, 6), 2.0)[0].numpy()
    assert out.shape == expected.shape
    np.testing.assert_allclose(out[:-2], expected[2:], atol=1e-5)


def test_a_graph_that_forgets_its_state_is_refused(tmp_path: Path) -> None:
    torch.manual_seed(0)
    graph = _graph(Forgetful(), torch.Generator().manual_seed(1))
    with pytest.raises(BundleError, match="hops at a time"):
        write_bundle(tmp_path / "bundle", {"conv.onnx": graph}, MANIFEST, "# card\n")
    assert list(tmp_path.iterdir()) == []


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    torch.manual_seed(0)
    graph = _graph(CausalConv(), torch.Generator().manual_seed(1))
    write_bundle(tmp_path / "bundle", {"conv.onnx": graph}, MANIFEST, "# card\n")
    (tmp_path / "bundle" / "MODEL_CARD.md").write_text("other")
    with pytest.raises(BundleError, match="sha256"):
        open_bundle(tmp_path / "bundle", "speech")
    with pytest.raises(BundleError, match="kind"):
        open_bundle(tmp_path / "bundle", "selfmodel")
