/// Public keys and certificates as openssl 3 writes them.
enum PEMFixtures {
  static let rsa = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1bGROUy8qPcKF1AbzIhe
    FSn4d+1kO9FEY+5xN6AzU81j5r1uqselqLUYkaUbYcqQ5q9olF26oOKCxsr6ISMs
    O6nStoVGCAKrPlo10v9LrNv768E58D2GiYbcEFotiwKurQM5KpvuzXv5aMcpLi9N
    qP17K0gAF2sE+kN/0ftvjBo3M3atlctMRxxh/0iNITJjMrSTgc9t+6kZuJHqALai
    fYZIrTv0RXA/f4vP8s2U80AxAgeFa0CmVsksCy6yxERi6b6CEL02i+J5f3rIp+Nr
    7GQVcrvpKn2L3pDl8egAQEXwnLy5zLdFOTGGaS0hniRSbi96nP48yT4wCba2IxxP
    mQIDAQAB
    -----END PUBLIC KEY-----
    """

  static let rsaPKCS1 = """
    -----BEGIN RSA PUBLIC KEY-----
    MIIBCgKCAQEA1bGROUy8qPcKF1AbzIheFSn4d+1kO9FEY+5xN6AzU81j5r1uqsel
    qLUYkaUbYcqQ5q9olF26oOKCxsr6ISMsO6nStoVGCAKrPlo10v9LrNv768E58D2G
    iYbcEFotiwKurQM5KpvuzXv5aMcpLi9NqP17K0gAF2sE+kN/0ftvjBo3M3atlctM
    Rxxh/0iNITJjMrSTgc9t+6kZuJHqALaifYZIrTv0RXA/f4vP8s2U80AxAgeFa0Cm
    VsksCy6yxERi6b6CEL02i+J5f3rIp+Nr7GQVcrvpKn2L3pDl8egAQEXwnLy5zLdF
    OTGGaS0hniRSbi96nP48yT4wCba2IxxPmQIDAQAB
    -----END RSA PUBLIC KEY-----
    """

  static let rsaCertificate = """
    -----BEGIN CERTIFICATE-----
    MIIDBTCCAe2gAwIBAgIUPzXFV9NKnf3eebWKMhZ1N/fRZYgwDQYJKoZIhvcNAQEL
    BQAwEjEQMA4GA1UEAwwHZXhhbXBsZTAeFw0yNjExMjMxOTI4NTdaFw0zNjExMjAx
    OTI4NTdaMBIxEDAOBgNVBAMMB2V4YW1wbGUwggEiMA0GCSqGSIb3DQEBAQUAA4IB
    DwAwggEKAoIBAQDVsZE5TLyo9woXUBvMiF4VKfh37WQ70URj7nE3oDNTzWPmvW6q
    x6WotRiRpRthypDmr2iUXbqg4oLGyvohIyw7qdK2hUYIAqs+WjXS/0us2/vrwTnw
    PYaJhtwQWi2LAq6tAzkqm+7Ne/loxykuL02o/XsrSAAXawT6Q3/R+2+MGjczdq2V
    y0xHHGH/SI0hMmMytJOBz237qRm4keoAtqJ9hkitO/RFcD9/i8/yzZTzQDECB4Vr
    QKZWySwLLrLERGLpvoIQvTaL4nl/esin42vsZBVyu+kqfYvekOXx6ABARfCcvLnM
    t0U5MYZpLSGeJFJuL3qc/jzJPjAJtrYjHE+ZAgMBAAGjUzBRMB0GA1UdDgQWBBRP
    ougcpzVdbz1ykS7QZzUMjN34AzAfBgNVHSMEGDAWgBRPougcpzVdbz1ykS7QZzUM
    jN34AzAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQBu1EQanXEN
    Kttwx5UwGMDV9zS8GsytspB5HpQI7tM3pDTR6J6g9fUuC4a8FTVzyKPKTIODzy1x
    xSXeLZ5BAKZpVrFIS4EIPVoHt2bQ/8Jv9iHsGe1cItTmwSMcxMQecRpbexBdKEq1
    q97WY9XKpRU7SC8DkKrywedRpD6nB/c1j4yolm8+Zc25gpVAWeGAtJO9l6r9/sn8
    OrkSk+h1Hb6uMd5iYw8WXp0sgWYF0Cuk/6vD6RQL1AB/usRpFr9218g7mm26P9z7
    vQY6vkti5M9MRN+DR4ZoS2ANkWXdmQh4GEOGsh1TYSlFk664GsXs5xXIblf/cxux
    SVPpKxet7va4
    -----END CERTIFICATE-----
    """

  static let rsa1024 = """
    -----BEGIN PUBLIC KEY-----
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDEDYd46H9BuxQdSFcyfNbox9j4
    +oetghn78LL8kI07GaPR//hcWk1FsP37CunILfPM4yyKtdORsJMbR7A4TVBdBFoA
    1TXkW0e1U4bjs2kSbAzSoMpjBmpSaFxF/zh3iws6lY4tVI1yZUCi85Jdq9pS9aGu
    oXiwChvMVL+RbaXYMQIDAQAB
    -----END PUBLIC KEY-----
    """

  static let p256 = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVpt8MizRZLuwd/Y6dVivfI3b0CSp
    NaFCEMvhE4HDsssun3WDii0leamouoeTTKUTYE36krNm3vKpXGF+XsF+tQ==
    -----END PUBLIC KEY-----
    """

  static let p256Certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBeTCCAR+gAwIBAgIUOuMq21xDpAhOEYAg2J4r8fvpAjcwCgYIKoZIzj0EAwIw
    EjEQMA4GA1UEAwwHZXhhbXBsZTAeFw0yNjExMjMxOTI4NTdaFw0zNjExMjAxOTI4
    NTdaMBIxEDAOBgNVBAMMB2V4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
    AARWm3wyLNFku7B39jp1WK98jdvQJKk1oUIQy+ETgcOyyy6fdYOKLSV5qai6h5NM
    pRNgTfqSs2be8qlcYX5ewX61o1MwUTAdBgNVHQ4EFgQU5pCCO7XABUXTPdtfXnm/
    RwIY4iYwHwYDVR0jBBgwFoAU5pCCO7XABUXTPdtfXnm/RwIY4iYwDwYDVR0TAQH/
    BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB1xkkHa1EhOsAhWYiO6rXEJyJc+Abm
    iKZP/Ot+cxXLswIhAOQjKqaFPT22XmTA+SPcHDZ5+jveS3g0RrIU2HUbnB8C
    -----END CERTIFICATE-----
    """

  static let secp256k1 = """
    -----BEGIN PUBLIC KEY-----
    MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE76gXHK31NqIjPlfdszhe0Sxp+wyQTFTQ
    4Xiz5wNk4iHzdGQj2aU6cPg3y98CxfC8U8WBFXV3n1FgBqYz59V/Zw==
    -----END PUBLIC KEY-----
    """

  static let ed25519 = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAsHLbpraOrj8qQqXsoiTmMpGu7XuPm03aQLUXjPFQgBg=
    -----END PUBLIC KEY-----
    """

  /// The modulus of ``rsa1024``, as a JWK has it.
  static let modulus1024 =
    "xA2HeOh_QbsUHUhXMnzW6MfY-PqHrYIZ-_Cy_JCNOxmj0f_4XFpNRbD9-wrpyC3zzOMsirXTkbCTG0ewOE1QXQRaAN"
    + "U15FtHtVOG47NpEmwM0qDKYwZqUmhcRf84d4sLOpWOLVSNcmVAovOSXavaUvWhrqF4sAobzFS_kW2l2DE"
}
