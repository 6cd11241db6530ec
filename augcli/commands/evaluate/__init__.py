"""`augcli evaluate`: whether augmentation helps a model, measured on folds or a test that no choice has seen."""
