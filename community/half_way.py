"""Where sessions keep whom someone half-way in says to be: between allauth's login stages, and resetting a password."""

HALF_WAY = (("account_login", "user_pk"), ("account_password_reset_verification", "user_id"))
