"""The portal's own URLs: thin. Whoever asks is looked up first, what is shown is never cached."""
