"""What the service must answer once installed from `requirements-service.lock`: every kind of file, a batch, a case."""

import io

import httpx2
from api_files import TEXT, mail, pdf
from openpyxl import load_workbook
from PIL import Image, ImageDraw, ImageFont


def ask_everything(address: str, key: str) -> None:
    """Raises AssertionError where an answer is missing; `key` has the scopes `batch` and `staff`.

    Together the questions touch every library that only one route needs: readers of mails, PDFs and pictures,
    the likeness of cases, workbooks, the offline reference.
    """
    with httpx2.Client(base_url=address, timeout=60) as client:
        judged = client.post("/v1/assessments", json={"text": TEXT, "channel": "sms", "why": True}).json()
        assert judged["verdict"], judged
        assert "詐欺" in client.post("/", data={"text": TEXT, "furigana": "on"}).text
        assert client.get("/docs").status_code == 200
        for name, raw in files().items():
            answer = client.post("/v1/assessments/file", files={"file": (name, raw)})
            assert answer.status_code == 200, f"{name}: {answer.text}"
            found = answer.json()
            assert "298000" in found["text"] or "未納料金" in found["text"], f"{name} was read as {found['text']!r}"
            assert found["to_be_corrected"] is (found["assessment"] is None) is (name == "notice.png"), found
        client.headers["Authorization"] = f"Bearer {key}"
        batch = client.post("/v1/assessments/batch", json={"notices": [{"text": TEXT}, {"text": ""}]}).json()
        assert ["error" in result for result in batch["results"]] == [False, True], batch
        case = client.post("/v1/cases", json={"text": TEXT})
        assert case.status_code == 201, case.text
        book = load_workbook(io.BytesIO(client.get("/v1/cases/export?format=xlsx").content))
        assert book.worksheets[0].max_row == 2, "one case under the headings"


def files() -> dict[str, bytes]:
    """The same demand as a text, a mail, a PDF and a picture."""
    picture = Image.new("L", (900, 120), 255)
    ImageDraw.Draw(picture).text((30, 30), "PAY 298000 YEN TODAY", 0, ImageFont.load_default(48))
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    return {
        "notice.txt": TEXT.encode("cp932"),
        "notice.eml": mail(TEXT.encode("iso2022_jp"), "iso-2022-jp", encoding="7bit"),
        "notice.pdf": pdf(content=b"BT /F 24 Tf 60 700 Td (PAY 298000 YEN TODAY) Tj ET"),
        "notice.png": drawn.getvalue(),
    }
