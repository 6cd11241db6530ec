"""How good the outputs of augcli and of its peers are."""
