"""A face that learns itself: laws of its parts on a body of pencil and paper."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs lipmotion[learn]")
pytest.importorskip("onnxscript", reason="learning needs lipmotion[learn]")

from lipmotion.bundle import open_bundle
from lipmotion.errors import BundleError
from lipmotion.face import read_face_spec
from lipmotion.learn.act import (
    ActConfig,
    FacialActionTransformer,
    join_tracks,
)
from lipmotion.learn.disturb import disturb
from lipmotion.learn.encode import Encoder, LipVae, measure_ssim
from lipmotion.learn.foresee import (
    APERTURES,
    PAST_HOPS,
    SelfModel,
    StreamedSelfModel,
    compare_lips,
    extrapolate_press,
)
from lipmotion.learn.imagine import NARROWEST, Imagination, ImagineConfig, learn_imagine
from lipmotion.learn.lag import measure_lag
from lipmotion.learn.learner import Learner, make_config
from lipmotion.learn.loop import LoopConfig
from lipmotion.learn.mirrored import Mirrored, draw_windows, part
from lipmotion.learn.nets import NETS_NAME, Nets, load_nets
from lipmotion.learn.people import find_stretches
from lipmotion.learn.press import Press, find_press
from lipmotion.learn.resemble import spread_of
from lipmotion.learn.seal import find_seal
from lipmotion.learn.self_bundle import Learned, write_self
from lipmotion.learn.symmetry import LOPSIDED, Symmetry, find_evenness, find_symmetry
from lipmotion.learn.vary import vary_lips
from lipmotion.lips import LIP_INDEX, MIRRORED
from lipmotion.selfmodel.act import FacialActionTransformer as RunningAction
from lipmotion.selfmodel.encode import LipEncoder
from lipmotion.selfmodel.foresee import SelfModel as RunningSelfModel
from lipmotion.selfmodel.imagine import Imagination as RunningImagination
from lipmotion.step import run_offline
from lipmotion.vision.owner import Owner

LOOP = LoopConfig(seed=0, n_steps=2)
ONES, ZEROS = np.ones(12, np.float32), np.zeros(12, np.float32)
PRESS = Press(from_aperture=0.024, to_aperture=0.012, depth=0.07)
CONTACT = np.where(np.arange(12) < 3, 0.01, -np.inf).astype(np.float32)


def _self_model(n_motors: int = 11) -> SelfModel:
    torch.manual_seed(0)
    return SelfModel(np.full(n_motors, 0.4, np.float32), ONES, CONTACT, 16, 24).eval()


def test_held_out_shards_keep_their_distance() -> None:
    side = part([100] * 16)
    assert set(side[700 + 25 : 800 - 25]) == {1}
    assert set(side[: 700 - 25]) == {0}
    assert set(side[700 - 25 : 700 + 25]) == {-1}


def test_windows_cross_neither_sides_nor_fresh_bodies() -> None:
    sent = np.zeros((300, 2), np.float32)
    run = np.repeat([1, 2], 150)
    side = np.zeros(300, int)
    side[250:] = 1
    mirrored = Mirrored(
        sent, run, side, np.zeros(0, np.float32), np.zeros((0, 12), np.float32), np.zeros(0, str)
    )
    starts = draw_windows(mirrored, 40, 0)
    wanted = [k for k in range(300) if k + 40 <= 150 or (k >= 150 and k + 40 <= 250)]
    assert list(starts) == wanted
    with pytest.raises(ValueError, match="no stretch of 60 hops"):
        draw_windows(mirrored, 60, 1)


def test_the_self_model_sees_the_past_alone_and_streams() -> None:
    net = _self_model()
    rng = np.random.default_rng(0)
    commands = torch.from_numpy(rng.random((90, 11), dtype=np.float32))
    streamed, past = StreamedSelfModel(net), torch.zeros(PAST_HOPS, 11)
    with torch.no_grad():
        whole, _ = streamed(commands, past)
        changed = commands.clone()
        changed[50:] = 0
        other, _ = streamed(changed, past)
        parts = []
        for k in range(0, 90, 7):
            out, past = streamed(commands[k : k + 7], past)
            parts.append(out)
    assert torch.equal(whole[:51], other[:51])  # row 50 has felt the commands of hops < 50
    assert not torch.allclose(whole[51], other[51])
    torch.testing.assert_close(torch.cat(parts), whole, atol=1e-5, rtol=0)


def test_shut_lips_must_be_shut_and_how_deep_weighs_less() -> None:
    net = _self_model()
    wanted = torch.zeros(1, 12)
    wanted[0, 0] = -0.5
    deeper, parted = wanted.clone(), wanted.clone()
    deeper[0, 0], parted[0, 0] = -1.0, 0.51
    assert compare_lips(net, wanted, wanted)[0, 0] == 0
    shallow = compare_lips(net, deeper, wanted)[0, 0]
    assert 0 < shallow < compare_lips(net, parted, wanted)[0, 0]
    lower = torch.zeros(1, 12)
    lower[0, 3] = -0.5
    assert compare_lips(net, lower, torch.zeros(1, 12))[0, 3] == pytest.approx(0.25)


def test_shut_lips_are_as_deep_as_the_commands_go_on() -> None:
    rng = np.random.default_rng(0)
    sent = np.repeat(rng.random((400, 2), dtype=np.float32), 10, axis=0)  # held poses
    hops = np.arange(9, 4000, 10)
    true = 0.1 * sent[hops - 3, 0] - 0.05  # half of the poses would bring the lips below contact
    lips = np.zeros((400, 12), np.float32)
    lips[:, :3] = true.clip(0)[:, None]
    mirrored = Mirrored(
        sent,
        np.ones(4000, int),
        np.zeros(4000, int),
        hops.astype(np.float32),
        lips,
        np.full(len(hops), "poses"),
    )
    pressed = extrapolate_press(mirrored, CONTACT * 0.1)
    is_shut = lips[:, 0] <= 0.001
    np.testing.assert_allclose(pressed[is_shut, 0], true[is_shut].clip(-0.12, 0), atol=0.01)
    np.testing.assert_array_equal(pressed[~is_shut], lips[~is_shut])


def test_a_held_pose_looks_as_it_does_when_it_has_been_sent_for_long() -> None:
    net = _self_model()
    commands = torch.rand(5, 11, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        held = net.hold(commands)
        sent = net(commands[:, None].expand(5, PAST_HOPS + 3, 11))
    torch.testing.assert_close(sent[:, -1], held, atol=1e-5, rtol=0)


def test_a_face_that_answers_late_has_that_lag() -> None:
    net = _self_model(3)
    with torch.no_grad():
        net.servos.weight.zero_()
        net.servos.weight[:, 0, PAST_HOPS - 5] = 1.0  # each motor's command of four hops before
        net.skin[-1].weight.zero_()
    assert measure_lag(net) == pytest.approx(4.5, abs=0.01)  # half-way between hops 4 and 5


def test_what_is_imagined_is_a_pose_that_this_face_can_hold() -> None:
    self_model = _self_model()
    net = Imagination(self_model, -ONES, ONES, ImagineConfig(LOOP, n_hidden=16), PRESS)
    torch.nn.init.normal_(net.net[-1].weight, std=0.5)
    lips = torch.randn(40, 12, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        (imagined,) = net(lips)
        pose = net.pose(net.want(lips))
        shapes, latents = self_model.split(self_model.hold(pose))
    assert ((pose > 0) & (pose < 1)).all()
    torch.testing.assert_close(imagined, torch.cat([latents, shapes], 1))
    assert not net.train().self_model.training  # it learns nothing new while the imagination does


def test_narrow_lips_are_meant_forward_where_the_robot_can_see_it() -> None:
    lips = torch.zeros(4, 12)
    width, protrusion = LIP_INDEX["width"], LIP_INDEX["protrusion"]
    lips[:, width] = torch.tensor([0.1, -NARROWEST / 2, -NARROWEST, -3 * NARROWEST])
    net = Imagination(_self_model(), -ONES, ONES, ImagineConfig(LOOP), PRESS, pursing=0.3)
    pursed = net.purse(lips)
    assert pursed[:, protrusion].tolist() == pytest.approx([0, 0.15, 0.3, 0.3])
    lips[:, protrusion] = pursed[:, protrusion]
    torch.testing.assert_close(pursed, lips)  # nothing else moves
    blind = Imagination(_self_model(), -ONES, ONES, ImagineConfig(LOOP), PRESS)
    torch.testing.assert_close(blind.purse(lips), lips)


def test_imagination_learns_the_poses_of_shapes_it_was_shown(tmp_path: Path) -> None:
    self_model = _self_model(4)
    rng = np.random.default_rng(0)
    with torch.no_grad():
        held = self_model.hold(torch.from_numpy(rng.random((300, 4), dtype=np.float32)))
    own = self_model.split(held)[0].numpy()
    loop = LoopConfig(seed=0, n_steps=150, learning_rate=5e-3, check_every=75)
    config = ImagineConfig(loop, batch=96, n_hidden=24, effort=0.0)
    press = Press(from_aperture=-9.0, to_aperture=-10.0, depth=0.0)
    net = Imagination(self_model, -9 * ONES, 9 * ONES, config, press)
    spread = spread_of(own)

    def measure() -> float:
        with torch.no_grad():
            shapes = net(torch.from_numpy(own))[0][:, -12:]
        return float(((shapes.numpy() - own) / spread)[:, 0].std())

    before = measure()
    seal = find_seal(self_model.rest.numpy(), np.zeros(4, np.float32))
    none = torch.zeros(0, dtype=torch.long)
    symmetry = Symmetry(self_model.rest, none, none, torch.zeros(0))
    learn_imagine(own, own, own, net, spread, seal, symmetry, run=tmp_path, config=config, about={})
    assert measure() < 0.5 * before


def test_only_what_twins_do_differently_is_lopsided() -> None:
    spec = read_face_spec("emo")
    symmetry = find_symmetry(spec)
    names = [spec.motor_names[k] for k in spec.indices("lips", "jaw")]
    assert len(symmetry.way) == 4  # upper and lower lip, the corners' raise and spread
    rest = symmetry.rest
    open_wide = rest + 0.2 * torch.tensor([float("roll" not in name) for name in names])
    assert symmetry.measure(open_wide, torch.tensor(1.0)).item() == pytest.approx(0, abs=1e-12)
    crooked = rest.clone()
    crooked[names.index("corner_left_spread")] += 0.2
    both = torch.stack([rest, crooked])
    assert symmetry.measure(both, torch.ones(2)).item() == pytest.approx(0.04 / 8)
    assert symmetry.measure(both, torch.tensor([1.0, 0.0])).item() == pytest.approx(0, abs=1e-12)
    assert not len(find_symmetry(read_face_spec("lite")).way)
    assert find_symmetry(read_face_spec("lite")).measure(torch.ones(5), torch.tensor(1.0)) == 0


def test_lips_are_even_unless_one_side_is_meant_otherwise() -> None:
    lips = torch.zeros(4, 12)
    lips[1, list(APERTURES)] = 0.3
    lips[2, LIP_INDEX["corner_left_height"]] = LOPSIDED / 2
    lips[3, LIP_INDEX["corner_left_height"]] = 0.05  # a smile of one side …
    lips[3, LIP_INDEX["aperture_right"]] = 0.05  # … does not make up for the other's opening
    assert find_evenness(lips).tolist() == pytest.approx([1, 1, 0.5, 0])


def test_only_motors_that_press_are_drawn_to_the_seal() -> None:
    rest = np.array([0.1, 0.5, 0.1], np.float32)
    seal = find_seal(rest, np.array([0.0, 0.5, 0.0], np.float32))
    commands = torch.tensor([[0.2, 0.9, 0.0], [0.2, 0.9, 0.4]])
    assert seal.measure(commands, torch.zeros(2)) == 0  # no closure, nothing to seal
    assert seal.measure(commands, torch.tensor([1.0, 0.0])).item() == pytest.approx(0.01)
    assert seal.measure(commands, torch.ones(2)).item() == pytest.approx((0.02 + 0.1) / 2)
    with pytest.raises(ValueError, match="no motor presses"):
        find_seal(rest, rest)


def test_another_camera_shows_the_same_lips_otherwise() -> None:
    crops = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    crops = torch.nn.functional.avg_pool2d(crops, 9, 1, 4)
    changed = disturb(crops, np.random.default_rng(0))
    assert changed.shape == crops.shape
    assert changed.min() >= 0 and changed.max() <= 1
    again = disturb(crops, np.random.default_rng(0))
    torch.testing.assert_close(again, changed)
    off = (changed - crops).abs().mean((1, 2, 3))
    assert (off > 0.005).all()  # every one is changed
    assert off.max() < 0.3  # and is the same picture
    assert off.std() > 0.01  # each in its own way


def test_nearly_touching_is_meant_as_pressed_and_open_as_it_is() -> None:
    net = Imagination(_self_model(), -ONES, ONES, ImagineConfig(LOOP), PRESS)
    lips = torch.zeros(3, 12)
    lips[:, 0] = torch.tensor([0.0, 0.018, 0.2])
    pressed = net.press(lips)[:, 0].tolist()
    assert pressed[0] == pytest.approx(-PRESS.depth)
    assert pressed[0] < pressed[1] < 0.018
    assert pressed[2] == pytest.approx(0.2)
    assert net.press(lips)[:, 3].abs().max() == 0


def test_the_press_is_as_deep_as_rest_and_as_foresight_is_wrong() -> None:
    resting, pressing = np.array([-0.03, -0.05]), np.array([-0.09, -0.11])
    closed = np.full(100, -0.05)
    foreseen = closed + np.tile([0.02, -0.02], 50)
    press = find_press(0.3, resting, pressing, foreseen, closed)
    assert press.from_aperture == pytest.approx(0.08 * 0.3)
    assert press.to_aperture == pytest.approx(0.04 * 0.3)
    assert press.depth == pytest.approx(0.04 + 2 * 0.02)
    sure = find_press(0.3, resting, pressing, closed, closed)
    assert sure.depth == pytest.approx(0.04)  # no less than at rest
    unsure = find_press(0.3, resting, pressing, closed + 1, closed)
    assert unsure.depth == pytest.approx(0.1)  # no deeper than the pressed pose


def test_a_mirrored_mouth_swaps_its_sides_and_contact_stays_contact() -> None:
    assert MIRRORED[LIP_INDEX["aperture_left"]] == LIP_INDEX["aperture_right"]
    assert MIRRORED[LIP_INDEX["jaw"]] == LIP_INDEX["jaw"]
    lips = np.ones((4, 5, 12), np.float32)
    lips[:, 2] = 0
    varied = vary_lips(lips, np.random.default_rng(0))
    assert (varied[:, 2] == 0).all()
    assert np.ptp(varied[:, 0, 0]) > 0.1
    np.testing.assert_array_equal(varied[:, 0], varied[:, 4])  # one size for a whole window


def test_targets_stay_within_one_track() -> None:
    config = ActConfig(LOOP, window_hops=40)
    targets = join_tracks([np.zeros((50, 12), np.float32), np.zeros((45, 12), np.float32)], config)
    assert list(targets.starts) == [*range(9), *range(50, 54)]
    with pytest.raises(ValueError, match="at least 42 hops"):
        join_tracks([np.zeros((41, 12), np.float32)], config)


def test_stretches_are_whole_and_long_enough() -> None:
    is_seen = np.ones(200, bool)
    is_seen[[60, 100]] = False
    values = np.arange(200 * 12, dtype=np.float32).reshape(200, 12)
    stretches = find_stretches(values, is_seen)
    assert [len(s) for s in stretches] == [60, 99]
    np.testing.assert_array_equal(stretches[1], values[101:])


def test_ssim_is_one_for_the_same_and_less_for_others() -> None:
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert measure_ssim(image, image).item() == pytest.approx(1)
    assert measure_ssim(image, image.flip(3)).item() < 0.5


HISTORY = [
    {"deed": "babble", "minutes": 13.5, "seeds": [1, 2], "is_random": False},
    {"deed": "practise", "minutes": 10.0, "seeds": [3, 3], "is_random": True},
]


def test_the_bundle_runs_like_torch_and_fits_its_face_alone(tmp_path: Path) -> None:
    spec = read_face_spec("emo")
    rng = np.random.default_rng(0)
    act = ActConfig(LOOP, n_hidden=16, n_heads=2, memory_hops=5)
    torch.manual_seed(0)
    imagination = Imagination(_self_model(), -ONES, ONES, ImagineConfig(LOOP, n_hidden=16), PRESS)
    rest = spec.rest.values[list(spec.indices("lips", "jaw"))]
    action = FacialActionTransformer(rest, np.zeros(28, np.float32), np.ones(28, np.float32), act)
    torch.nn.init.normal_(action.last.weight, std=0.2)
    one, zero = np.ones(16, np.float32), np.zeros(16, np.float32)
    nets = Nets((_self_model(),), imagination.eval(), action.eval(), PRESS, np.stack([-ONES, ONES]))
    learned = Learned(
        encoder=Encoder(LipVae((4, 4, 8, 8, 8)), zero, one).eval(),
        nets=nets,
        owner=Owner("emo", ZEROS, 1.0, ZEROS, ONES, ZEROS),
        figures={
            "foresee_r2": {"aperture": 0.9}, "kl_nats": [1.0] * 16, "found": 1.0,
            "n_people_hops": 0, "people_licences": [], "n_images": 9, "n_held_out": 2,
            "foresee_latents_r2": 0.5, "history": HISTORY, "has_profile": True, "lag_ms": 33.0,
        },
    )  # fmt: skip
    lips = rng.normal(size=(60, 12)).astype(np.float32) * 0.2
    sent = rng.random((60, 11), dtype=np.float32)
    mirrored = Mirrored(
        sent,
        np.ones(60, int),
        np.zeros(60, int),
        np.arange(60, dtype=np.float32),
        lips,
        np.full(60, "poses"),
    )
    crops = rng.integers(0, 255, (3, 128, 128, 3)).astype(np.uint8)
    write_self(tmp_path / "b", learned, spec, crops, mirrored)

    bundle = open_bundle(tmp_path / "b", "selfmodel", motors=spec.motor_names, face_hash=spec.hash)
    card = (tmp_path / "b" / "MODEL_CARD.md").read_text()
    made = "`lipmotion babble --face emo --minutes 13.5 --seed 1 --out mirror`"
    assert made in card and "`lipmotion learn self --data mirror --seed 2 --out run`" in card
    assert "`lipmotion practise --face emo --minutes 10 --seed 3 --people WATCHED" in card
    assert "own practice" in card
    running = RunningImagination.open(spec, tmp_path / "b")
    meant = run_offline(running, lips)
    assert [x.shape for x in running.split(meant)] == [(60, 16), (60, 12)]
    motion = RunningAction(bundle)
    commands = run_offline(motion, meant, block_hops=9)
    with torch.no_grad():
        expected = action(torch.from_numpy(meant)[None], *action.init_state(1))[0][0].numpy()
    assert motion.motors == tuple(spec.motor_names[k] for k in spec.indices("lips", "jaw"))
    np.testing.assert_allclose(commands[:-2], expected[2:], atol=2e-3)
    assert run_offline(RunningSelfModel(bundle), sent).shape == (60, 28)
    assert LipEncoder(bundle).encode(crops).shape == (3, 16)
    with pytest.raises(BundleError, match="face_hash"):
        open_bundle(tmp_path / "b", "selfmodel", face_hash="another")

    again = load_nets(bundle)  # practice goes on from them
    with torch.no_grad():
        imagined = again.imagination(torch.from_numpy(lips))[0]
        torch.testing.assert_close(imagined, nets.imagination(torch.from_numpy(lips))[0])
        moved = again.action(imagined[None], *again.action.init_state(1))[0]
        torch.testing.assert_close(
            moved, nets.action(imagined[None], *nets.action.init_state(1))[0]
        )
    (tmp_path / "b" / NETS_NAME).write_bytes(b"PK")
    with pytest.raises(BundleError, match="nets"):
        load_nets(bundle)


def test_practice_goes_on_within_the_reach_that_babbling_found(tmp_path: Path) -> None:
    spec, rng = read_face_spec("emo"), np.random.default_rng(0)
    lips = (0.2 * rng.normal(size=(200, 12))).astype(np.float32)
    sent = rng.random((200, 11), dtype=np.float32)
    side = np.zeros(200, int)
    mirrored = Mirrored(
        sent,
        np.ones(200, int),
        side,
        np.arange(200, dtype=np.float32),
        lips,
        np.full(200, "x"),
    )
    config = make_config(0, pace=1e-4)
    first = Learner(spec, mirrored, config, tmp_path / "a", {}, lambda _: None, None, True)
    imagination, reach = first.imagine(lips, [lips], [], PRESS, _self_model())
    low, high = np.percentile(lips, (0.5, 99.5), axis=0)
    np.testing.assert_allclose(reach, [low, high], rtol=1e-5)
    assert imagination.pursing == pytest.approx(high[LIP_INDEX["protrusion"]])

    action = FacialActionTransformer(
        spec.rest.values[list(spec.indices("lips", "jaw"))],
        np.zeros(28, np.float32), np.ones(28, np.float32), ActConfig(LOOP, n_hidden=16, n_heads=2),
    )  # fmt: skip
    nets = Nets((_self_model(),), imagination, action, PRESS, reach)
    less = 0.1 * lips  # practice moves less than babbling
    again = Learner(spec, mirrored, config, tmp_path / "b", {}, lambda _: None, nets, True)
    practised, kept = again.imagine(less, [less], [], PRESS, _self_model())
    np.testing.assert_array_equal(kept, reach)
    assert practised.pursing == imagination.pursing
    assert again.find_press(less, less, ZEROS, 0.1) == PRESS
