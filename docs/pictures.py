"""Make docs/pictures anew from a demo that runs: python docs/pictures.py [http://localhost:8000].

In an environment with the extra "test" and with Chromium. Signs in as the demo's dealer and as its
admin; pays nothing and imports nothing: the sample of a file stays a dry run.
"""

import io
import os
import re
import shutil
import sys
from datetime import date
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent / "pictures"
DESKTOP, PHONE = (1280, 800), (390, 780)
DEALER = {
    "tax_number": "4729103653",
    "email": "muhasebe@gulhediyelik-ornek.com.tr",
    "supplier_number": "4540536920",
}
FACE = {
    "content_type": "image/svg+xml",
    "body": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9H0" fill="#999"/></svg>',
}
PORTAL = "/tr/musteri-portali/"


def main(url):
    FOLDER.mkdir(exist_ok=True)
    chromium = os.environ.get("B2B_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        dealer = new_page(browser, url)
        dealer.goto(PORTAL)
        take(dealer, "giris")
        sign_in(dealer)
        take(dealer, "ozet")
        dealer.goto(PORTAL + "hesap-ekstresi/")
        take(dealer, "ekstre")
        dealer.goto(PORTAL + "cari-fatura-raporu/")
        dealer.locator("tbody a").first.click()
        take(dealer, "fatura")
        dealer.goto(PORTAL + "online-odeme/")
        take(dealer, "odeme")
        admin = new_page(browser, url)
        admin.route("**/*gravatar*/**", lambda route: route.fulfill(**FACE))
        admin.goto("/admin/login/")
        admin.locator("[name=username]").fill("admin")
        admin.locator("[name=password]").fill("admin")
        admin.locator("button[type=submit]").first.click()
        take_admin(admin)
        browser.close()


def new_page(browser, url):
    context = browser.new_context(base_url=url, locale="tr-TR")
    context.set_default_timeout(20_000)
    return context.new_page()


def sign_in(page, home=PORTAL):
    """Through the form and the code in the demo's inbox."""
    inbox = page.context.new_page()
    before = newest_mail(inbox)
    page.goto(home)
    for name, value in DEALER.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("form:has([name=email]) button").click()
    while newest_mail(inbox) == before:
        inbox.wait_for_timeout(250)
    page.locator("[name=code]").fill(re.search(r"\b\d{6}\b", newest_mail(inbox))[0])
    inbox.close()
    page.locator("[name=step][value=code]").click()
    page.locator(".b2b-bar").wait_for()


def newest_mail(inbox):
    inbox.goto("/inbox/")
    mails = inbox.locator(".mails li")
    return mails.first.inner_text() if mails.count() else ""


def take_admin(page):
    """A ready-made report beside its preview; a file from the ERP before it is booked."""
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.goto("/admin/b2b/reports/")
    page.locator("main a[href*='/edit/']").first.click()
    page.locator("[data-side-panel-toggle=preview]").click()
    page.locator("[data-w-preview-target=iframe]").first.content_frame.locator("table").wait_for()
    page.wait_for_timeout(1500)
    save(page, "hazir-rapor", DESKTOP)
    page.goto("/admin/b2b/imports/new/")
    page.locator("[name=supplier]").select_option(index=1)
    page.locator("[name=kind]").select_option("entries")
    page.locator("[type=file]").set_input_files(
        {"name": "hareketler.csv", "mimeType": "text/csv", "buffer": sample_file().encode()}
    )
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("button", name="İşle").or_(page.get_by_text("Reddedilen")).first.wait_for()
    save(page, "aktarim", DESKTOP)


def sample_file():
    """Movements of today: four new ones and one that is refused."""
    today = f"{date.today():%d.%m.%Y}"
    return "\n".join(
        [
            "Cari Kodu;Tarih;Vade;Evrak No;İşlem Türü;Açıklama;Borç;Alacak",
            f"120.01.0001;{today};{today};ORNEK-1;Satış Faturası;12 kalem;4.318,20;",
            f"120.01.0001;{today};;ORNEK-2;Gelen Havale;Ziraat Bankası;;2.000,00",
            f"120.01.0002;{today};{today};ORNEK-3;Satış Faturası;3 kalem;645,00;",
            f"120.01.0007;{today};;ORNEK-4;Kredi Kartı;Tek çekim;;1.250,75",
            f"120.01.9999;{today};;ORNEK-5;Satış Faturası;Cari yok;10,00;",
        ]
    )


def take(page, name):
    """The page as it is now, on a desk and on a phone."""
    save(page, name, DESKTOP)
    save(page, f"{name}-telefon", PHONE)


def save(page, name, size):
    """A PNG of few colours: the text stays sharp and the file small."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    few = shot.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:] or ["http://localhost:8000"])
