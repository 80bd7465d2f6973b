from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ethical_lens.errors import ConfigurationError, ModelError
from ethical_lens.image.faces import FaceDetector, cascade_faces, overlap, without_repeats, yunet_faces
from ethical_lens.image.looker import Face
from ethical_lens.registry import FaceFinder
from ethical_lens.testing import check_image_detector
from ethical_lens.types import Box, Frame


def box(left: int, top: int, right: int, bottom: int) -> Box:
    return Box(left=left, top=top, right=right, bottom=bottom)


def corner(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> list[Face]:
    """Find a face in the right half of whatever is looked at."""
    height, width = pixels.shape[:2]
    found = box(width // 2, 0, width + 5, height)
    return [Face(box=found, score=0.5, landmarks=((width / 2, height / 2),))]


def test_overlapping_faces_are_one_the_surer() -> None:
    faces = [
        Face(box=box(0, 0, 10, 10), score=0.6),
        Face(box=box(1, 1, 11, 11), score=0.9),
        Face(box=box(30, 0, 40, 10), score=0.2),
    ]
    assert [face.score for face in without_repeats(faces)] == [0.9, 0.2]
    assert overlap(box(0, 0, 10, 10), box(5, 0, 15, 10)) == pytest.approx(50 / 150)


def test_large_picture_is_shrunk_and_boxes_come_back_in_its_pixels() -> None:
    detector = FaceDetector("corner@1", corner, "photograph")
    [look] = detector.look([Frame(image=Image.new("RGB", (1280, 320)), domain="photograph")])
    [face] = look.faces
    assert face.box == box(640, 0, 1280, 320)
    assert face.landmarks == ((640.0, 160.0),)


def test_drawing_is_not_looked_at() -> None:
    detector = FaceDetector("corner@1", corner, "photograph")
    frame = Frame(image=Image.new("RGB", (64, 64)), domain="sketch")
    [look], [[finding]] = detector.look([frame]), detector.detect([frame])
    assert (look.faces, look.in_domain, finding.score) == ((), False, 1.0)


def test_cascade_finds_the_face_in_a_real_photograph() -> None:
    data = pytest.importorskip("skimage.data", reason='the face detector needs the extra "faces"')
    detector = cascade_faces(smallest=60)
    assert isinstance(detector, FaceFinder)
    check_image_detector(detector, domain="photograph")
    [look] = detector.look([Frame(image=Image.fromarray(data.astronaut()), domain="photograph")])
    assert any(overlap(face.box, box(187, 62, 284, 159)) > 0.5 for face in look.faces)


def test_yunet_reads_the_rows_of_opencv(tmp_path: Path) -> None:
    """A network with YuNet's outputs, made here, that is sure of one face in the first cell of the coarsest grid."""
    pytest.importorskip("cv2", reason='YuNet needs the extra "faces"')
    pytest.importorskip("onnx", reason="the stand-in for YuNet is written with onnx")
    path = tmp_path / "stand-in.onnx"
    path.write_bytes(yunet_stand_in(64))
    detector = yunet_faces(path)
    [look] = detector.look([Frame(image=Image.new("RGB", (60, 50)), domain="photograph")])
    [face] = look.faces
    assert face.box == box(0, 0, 16, 16)
    assert face.score == pytest.approx(1.0, abs=1e-3)
    assert face.landmarks[0] == pytest.approx((0.0, 0.0), abs=1e-3)
    assert len(face.landmarks) == 5


def test_yunet_without_its_file_says_which_one(tmp_path: Path) -> None:
    pytest.importorskip("cv2", reason='YuNet needs the extra "faces"')
    with pytest.raises(ConfigurationError, match="face_detection_yunet"):
        yunet_faces(tmp_path / "missing.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match="fetch it again"):
        yunet_faces(tmp_path / "broken.onnx")


def yunet_stand_in(side: int) -> bytes:
    import onnx
    from onnx import TensorProto, helper

    nodes, outputs, constants = [], [], []
    for stride in (8, 16, 32):
        cells = (side // stride) ** 2
        for kind, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            values = np.zeros((1, cells, width), np.float32)
            if stride == 32 and kind in ("cls", "obj"):
                values[0, 0] = 1
            if kind == "bbox":
                values[..., 2:] = np.log(1.0)
            name = f"{kind}_{stride}"
            constants.append(onnx.numpy_helper.from_array(values, f"{name}_values"))
            # The answer has to depend on the picture, or OpenCV would fold the network away.
            nodes.append(helper.make_node("Add", ["zero", f"{name}_values"], [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, cells, width)))
    constants.append(onnx.numpy_helper.from_array(np.zeros((1,), np.float32), "nought"))
    first = [
        helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nought"], ["zero"]),
    ]
    graph = helper.make_graph(
        first + nodes,
        "yunet",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, (1, 3, side, side))],
        outputs,
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())
