"""The states of the pages about accounts of staff: who can sign in, invitations, sessions."""
