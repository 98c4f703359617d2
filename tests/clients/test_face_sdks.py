#!/usr/bin/env python3
"""
CompreFace's and DeepStack's own Python packages, unmodified, against the server with the starter models. Skipped (77) where pip is not there
or cannot install them. They are kept in the build folder. requests-toolbelt is newer than what compreface-sdk pins, which does not load beside
today's urllib3; deepstack-sdk is asked where
the Pillow and OpenCV that it loads are there already.

usage: test_face_sdks.py OCELLI SLOW_SERVER BUILD_DIR
"""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "http"))
import support

PACKAGES = (["compreface-sdk==0.6.0", "deepstack-sdk==0.2.1"], ["requests==2.34.2", "requests-toolbelt==1.0.0"])
SECRET = "correct-horse-battery-3"


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def install(folder):
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != repr(PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        for packages, options in zip(PACKAGES, (["--no-deps"], [])):
            try:
                made = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder), *options, *packages],
                                      capture_output=True, text=True, timeout=120, check=False)
            except subprocess.TimeoutExpired:
                skip("pip did not install the packages within 120 s")
            if made.returncode:
                skip("pip cannot install the packages: " + made.stderr.strip()[-300:])
        mark.write_text(repr(PACKAGES))
    sys.path.insert(0, str(folder))


def picture(name):
    return str(TOP / "docs" / "examples" / name)


def try_compreface(port):
    from compreface import CompreFace
    server = CompreFace("http://127.0.0.1", str(port), {"limit": 0, "det_prob_threshold": 0.4, "prediction_count": 1,
                                                         "face_plugins": "calculator,age,gender,landmarks", "status": "true"})
    recognition = server.init_face_recognition(SECRET)
    faces, subjects = recognition.get_face_collection(), recognition.get_subjects()
    added = faces.add(image_path=picture("face-a1.jpg"), subject="Ada", options={"det_prob_threshold": 0.4})
    support.equal(added["subject"], "Ada", "added")
    support.equal(faces.list()["faces"], [added], "faces")
    support.equal(subjects.add("Bob"), {"subject": "Bob"}, "a subject")
    support.equal(subjects.list(), {"subjects": ["Ada", "Bob"]}, "subjects")
    found = recognition.recognize(image_path=picture("face-a2.jpg"))
    support.equal([s["subject"] for s in found["result"][0]["subjects"]], ["Ada"], "recognised")
    same = faces.verify(image_path=picture("face-a2.jpg"), image_id=added["image_id"])["result"][0]["similarity"]
    verified = server.init_face_verification(SECRET).verify(source_image_path=picture("face-a1.jpg"), target_image_path=picture("face-a2.jpg"))
    assert abs(verified["result"][0]["face_matches"][0]["similarity"] - same) < 1e-5 and same > 0.5, (verified, same)
    assert len(server.init_face_detection(SECRET).detect(image_path=picture("faces.jpg"))["result"]) >= 3, "a crowd"
    support.equal(faces.delete(added["image_id"])["subject"], "Ada", "deleted")
    support.equal(subjects.delete("Bob"), {"subject": "Bob"}, "deleted")
    support.equal(subjects.delete_all(), {"deleted": 1}, "all")


def try_deepstack(port):
    try:
        from deepstack_sdk import Face, ServerConfig
    except ImportError as error:
        return f"not asked: {error}"
    face = Face(ServerConfig(f"http://127.0.0.1:{port}", api_key=SECRET))
    assert len(face.detectFace(image=picture("faces.jpg"), min_confidence=0.4)) >= 3, "a crowd"
    assert face.registerFace(images=[picture("face-a1.jpg")], userid="Ada"), "registered"
    found = face.recognizeFace(image=picture("face-a2.jpg"))
    support.equal([d.userid for d in found.detections], ["Ada"], "recognised")
    support.equal(list(face.listFaces().list), ["Ada"], "list")
    assert face.deleteFace(userid="Ada"), "forgotten"
    return "ok"


def main():
    install(pathlib.Path(sys.argv[3]) / "face_sdks")
    with tempfile.TemporaryDirectory() as folder, support.Server("--models", str(TOP / "models" / "starter"), "--api-key", SECRET, "--gallery",
                                                                 os.path.join(folder, "gallery"), binary=support.OCELLI) as server:
        try_compreface(server.port)
        print("compreface-sdk: ok", flush=True)
        print("deepstack-sdk:", try_deepstack(server.port), flush=True)


if __name__ == "__main__":
    main()
