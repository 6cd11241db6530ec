"""Papers that several steps follow."""

from __future__ import annotations

BELINKOV = "Belinkov & Bisk 2018, Synthetic and Natural Noise Both Break Neural Machine Translation (arXiv:1711.02173)"
KARPUKHIN = (
    "Karpukhin et al. 2019, Training on Synthetic Noise Improves Robustness to Natural Noise in Machine Translation "
    "(arXiv:1902.01509)"
)


LIU = "Liu et al. 2010, Visually and Phonologically Similar Characters in Incorrect Simplified Chinese Words (COLING)"


EDA = "Wei & Zou 2019, EDA: Easy Data Augmentation Techniques (arXiv:1901.11196)"


DAI = "Dai & Adel 2020, An Analysis of Simple Data Augmentation for Named Entity Recognition (arXiv:2010.11683)"


AUGLY = "Papakipos & Bitton 2022, AugLy: Data Augmentations for Robustness (arXiv:2201.06494)"


CHECKLIST = "Ribeiro et al. 2020, Beyond Accuracy: Behavioral Testing of NLP Models with CheckList (arXiv:2005.04118)"


NL_AUGMENTER = "Dhole et al. 2021, NL-Augmenter: A Framework for Task-Sensitive Augmentation (arXiv:2112.02721)"
