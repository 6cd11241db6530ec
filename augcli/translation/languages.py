"""What languages are called: ISO 639-1 in the config, other codes elsewhere."""

from __future__ import annotations

_TABLE = """
af afr_Latn, am amh_Ethi, ar arb_Arab, ast ast_Latn, az azj_Latn, be bel_Cyrl, bg bul_Cyrl, bn ben_Beng, bs bos_Latn,
ca cat_Latn, cs ces_Latn, cy cym_Latn, da dan_Latn, de deu_Latn, el ell_Grek, en eng_Latn, eo epo_Latn, es spa_Latn,
et est_Latn, eu eus_Latn, fa pes_Arab, fi fin_Latn, fr fra_Latn, ga gle_Latn, gl glg_Latn, gu guj_Gujr, he heb_Hebr,
hi hin_Deva, hr hrv_Latn, hu hun_Latn, hy hye_Armn, id ind_Latn, is isl_Latn, it ita_Latn, ja jpn_Jpan, ka kat_Geor,
kk kaz_Cyrl, km khm_Khmr, kn kan_Knda, ko kor_Hang, lo lao_Laoo, lt lit_Latn, lv lvs_Latn, mk mkd_Cyrl, ml mal_Mlym,
mr mar_Deva, ms zsm_Latn, mt mlt_Latn, my mya_Mymr, nb nob_Latn, ne npi_Deva, nl nld_Latn, nn nno_Latn, no nob_Latn,
oc oci_Latn, pa pan_Guru, pl pol_Latn, pt por_Latn, ro ron_Latn, ru rus_Cyrl, si sin_Sinh, sk slk_Latn, sl slv_Latn,
so som_Latn, sq als_Latn, sr srp_Cyrl, sv swe_Latn, sw swh_Latn, ta tam_Taml, te tel_Telu, th tha_Thai, tl tgl_Latn,
tr tur_Latn, uk ukr_Cyrl, ur urd_Arab, uz uzn_Latn, vi vie_Latn, yue yue_Hant, zh zho_Hans, zu zul_Latn
"""
FLORES: dict[str, str] = dict(entry.split() for entry in _TABLE.replace("\n", " ").split(","))
"""FLORES-200 codes (language_Script), as NLLB has them, by ISO 639-1 code."""
_ISO = {code[:3]: language for language, code in FLORES.items() if code[:3] != "nob"} | {"nob": "nb"}
_CODE_OF_MODEL = {"hr": "hbs", "sr": "hbs", "bs": "hbs", "ms": "zlm", "ar": "ara", "no": "nor"}
"""Where three-letter codes in use elsewhere differ from those of FLORES-200."""


def flores(language: str) -> str | None:
    """The FLORES-200 code of a language, which may be one already; None for one that is not in the table."""
    if "_" in language:
        return language
    plain, _, script = language.partition("-")
    code = FLORES.get(plain)
    return f"{code[:3]}_{script}" if code and script else code


def with_script(language: str) -> str:
    """The ISO 639-1 code of a language; zh-Hant for traditional Chinese, zh for simplified, however it is written."""
    plain, _, script = language.replace("_", "-").partition("-")
    plain = _ISO.get(plain, plain)
    return f"{plain}-{script}" if plain == "zh" and script == "Hant" else plain


def three_letters(language: str) -> list[str]:
    """The three-letter codes that a language may go by, beside its own; the likeliest first."""
    found = [_CODE_OF_MODEL.get(language, ""), (flores(language) or "")[:3]]
    return [code for code in dict.fromkeys(found) if code]
