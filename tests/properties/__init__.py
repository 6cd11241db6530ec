"""What holds for all of augcli: laws, known mistakes, golden outputs, interruptions, documents."""
